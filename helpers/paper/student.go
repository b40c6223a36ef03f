package paper

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/home"
)

// SmallStudent is the name of the small preset's acquisition model: MiniLM with three of its six layers, distilled without labels.
// `make paper PRESET=small` makes it; docs/models.md says how.
const SmallStudent = "minilm-3-agnews"

// checkStudent says how to make the small preset's acquisition model where a study that isn't finished needs it and there is none: no
// hub has it.
func (p Preset) checkStudent(study string) error {
	if p != Small {
		return nil
	}
	if r, err := alnb.OpenResults(p.Dir(study)); err == nil {
		if done, all := r.Finished(); done == all {
			return nil
		}
	}
	folder, err := home.Dir()
	if err != nil {
		return err
	}
	models := filepath.Join(folder, home.Models)
	for _, dir := range []string{SmallStudent, filepath.Join(models, SmallStudent)} {
		if _, err := os.Stat(filepath.Join(dir, "config.json")); !errors.Is(err, fs.ErrNotExist) {
			return nil // whatever is wrong with it is told where it is opened
		}
	}
	return fmt.Errorf("paper: the preset %s needs the model %s, which isn't in %s: run `make paper PRESET=%s` in the checkout, which makes "+
		"it from MiniLM in some minutes and then runs the experiments, or make it alone as docs/models.md says", p, SmallStudent, models, p)
}
