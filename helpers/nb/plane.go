package nb

import (
	"context"

	"github.com/alnb/alnb/alnb/query"
	"github.com/alnb/alnb/helpers/chart"
	"github.com/alnb/alnb/helpers/plane"
)

// Scatter shows points in the plane.
func Scatter(c chart.Scatter) { scatter(c, nil) }

// PoolPicture shows a pool in the plane, with the classes that only an annotator knows.
func PoolPicture(scene plane.Scene) { scatter(scene.Picture()) }

// ChoicePicture shows what a strategy sees of a pool in the plane, and which documents it asks for.
func ChoicePicture(scene plane.Scene, strategy query.Strategy, budget query.Budget) {
	scatter(scene.Choice(context.Background(), strategy, budget))
}

// ChoiceTable shows what the choices of strategies have in common, and where they differ.
func ChoiceTable(scene plane.Scene, budget query.Budget, strategies ...query.Strategy) {
	t, err := scene.Compare(context.Background(), budget, strategies...)
	if err != nil {
		exit(newScreen(), err.Error())
	}
	table(t)
}

func scatter(c chart.Scatter, err error) {
	s := newScreen()
	if err == nil {
		err = s.chart(c.Title, c, c.Alt()+"\n")
	}
	if err != nil {
		exit(s, err.Error())
	}
	s.close()
}
