package paper

import (
	"fmt"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/helpers/nb"
	"github.com/alnb/alnb/helpers/report"
)

// Run runs studies in the size that ALNB_PRESET says, or goes on with them; where one is finished it says so. Where an arm fails it
// shows which, and the figures of the others can be shown.
func Run(studies ...string) {
	p := preset()
	for _, study := range studies {
		nb.Check(p.checkStudent(study))
		e, err := p.Experiment(study)
		nb.Check(err)
		if nb.RunParts(p.Dir(study), e) != nil {
			nb.Standing(p.Dir(study))
		}
	}
}

// Show shows a figure: learning curves, their means, by how much the last models of the other arms are better than the first's, and
// those of PLASM than with the mismatch, and how many labels each needs.
func Show(number string) {
	p := preset()
	f, err := Find(number)
	nb.Check(err)
	names, missing := f.Arms(p)
	if missing != "" {
		nb.Say(fmt.Sprintf("Figure %s needs %s, which the preset %s hasn't got: run it with ALNB_PRESET=%s.", number, missing, p, Paper))
		return
	}
	r := nb.Arms(nb.OpenResults(p.Dir(f.Study)), names...)
	nb.Say(f.caption(p))
	nb.Lines(f.styled(p, report.CurveChart(r)), report.CurveTable(r).Text())
	nb.AreaTable(r)
	nb.DifferenceTable(r, names[0])
	if mismatch, with := f.mended(p); mismatch != "" {
		nb.DifferenceTable(nb.Arms(r, append(with, mismatch)...), mismatch)
	}
	nb.LabelsTable(r, names[len(names)-1], 0.9, 0.95)
}

// Times shows the paper's Table 1, of AGNewsUPS, or Table 7, of CoNLLUPS.
func Times(study string) { nb.IterationTable(arms(study, timed())) }

// Queries shows what each query scored of the pool, and what that saved.
func Queries(study string) { nb.SamplingTable(arms(study, sampled(study))) }

// Containment shows the paper's Table 2: how much of a query lies in the part of the pool that was the most uncertain before.
func Containment(study string) {
	p := preset()
	nb.ContainmentTable(nb.Arms(nb.OpenResults(p.Dir(study)), p.name(own(electra)), p.name(own(distilBERT))))
}

// PseudoLabels shows what came of the pseudo-labels of a figure's arms, and which score tells wrong ones from right ones.
func PseudoLabels(number string) {
	p := preset()
	f, err := Find(number)
	nb.Check(err)
	names, missing := f.Arms(p)
	if missing != "" {
		return
	}
	r := nb.Arms(nb.OpenResults(p.Dir(f.Study)), names...)
	nb.PseudoLabelTable(r)
	nb.FilterTable(r)
}

func arms(study string, chains []chain) *alnb.Results {
	p := preset()
	var names []string
	for _, c := range chains {
		names = append(names, p.name(c))
	}
	return nb.Arms(nb.OpenResults(p.Dir(study)), names...)
}

func preset() Preset {
	p, err := FromEnvironment()
	nb.Check(err)
	return p
}
