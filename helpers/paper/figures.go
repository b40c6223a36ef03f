package paper

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alnb/alnb/alnb"
	"github.com/alnb/alnb/alnb/pseudolabel"
	"github.com/alnb/alnb/helpers/chart"
)

// A Figure is one of the paper's figures: arms of a study, the first of which the others are compared with. Random and all labels are
// the last.
type Figure struct {
	Number string // such as "1a"
	Study  string
	Shows  string // what it compares, with the paper's models
	Claim  string // what the paper finds
	chains []chain
}

// figures are in the order of the paper.
func figures() []Figure {
	const (
		d, b, e, x, c = distilBERT, bert, electra, xlNet, cnn
		drops         = "a successor is worse on what another model chose than on what it chose itself"
		teacher       = "no drop where the student chooses for its teacher"
		mends         = "PLASM with a cheap acquisition model does as well as the successor's own choice"
		unharmed      = "scoring a tenth of the pool costs no quality"
	)
	uncertainty, none := pseudolabel.Filter(pseudolabel.Confidence{}), pseudolabel.Filter(pseudolabel.None{})
	return []Figure{
		{"1a", CoNLL, "CoNLL-2003: DistilBERT chooses for ELECTRA", drops, []chain{own(e), mismatch(d, e), random(e), all(e)}},
		{"1b", CoNLL, "CoNLL-2003: DistilBERT chooses for BERT, its teacher", teacher, []chain{own(b), mismatch(d, b), random(b), all(b)}},
		{"2", CoNLL, "CoNLL-2003: PLASM with DistilBERT, BERT and ELECTRA", mends, []chain{own(e), plasm(d, b, e), mismatch(d, e), random(e), all(e)}},
		{"3", AGNewsUPS, "AG News: UPS", unharmed, []chain{own(e), ups(own(e)), random(e), all(e)}},
		{"4a", OntoNotes, "OntoNotes: DistilBERT chooses for ELECTRA", drops, []chain{own(e), mismatch(d, e), random(e), all(e)}},
		{"4b", OntoNotes, "OntoNotes: DistilBERT chooses for BERT", teacher, []chain{own(b), mismatch(d, b), random(b), all(b)}},
		{"5a", AGNews, "AG News: DistilBERT chooses for ELECTRA", drops, []chain{own(e), mismatch(d, e), random(e), all(e)}},
		{"5b", AGNews, "AG News: DistilBERT chooses for BERT", teacher, []chain{own(b), mismatch(d, b), random(b), all(b)}},
		{"6a", CoNLL, "CoNLL-2003: BERT chooses for ELECTRA", drops + ", also where both are as large", []chain{own(e), mismatch(b, e), random(e), all(e)}},
		{"6b", CoNLL, "CoNLL-2003: ELECTRA chooses for BERT", drops + ", also where both are as large", []chain{own(b), mismatch(e, b), random(b), all(b)}},
		{"7", AGNews, "AG News: choosing by Mahalanobis distance", "the drop is worse than with least confidence",
			[]chain{own(e).choosing(byMahalanobis), mismatch(d, e).choosing(byMahalanobis), mismatch(d, e), random(e), all(e)}},
		{"8a", OntoNotes, "OntoNotes: PLASM", mends, []chain{own(e), plasm(d, b, e), mismatch(d, e), random(e), all(e)}},
		{"8b", AGNews, "AG News: PLASM", mends, []chain{own(e), plasm(d, b, e), mismatch(d, e), random(e), all(e)}},
		{"9a", CoNLL, "CoNLL-2003: DistilBERT pseudo-labels, too", "a pseudo-labeler must be expressive", []chain{own(e), plasm(d, d, e), plasm(d, b, e), mismatch(d, e), random(e), all(e)}},
		{"9b", CoNLL, "CoNLL-2003: ELECTRA pseudo-labels for itself", "it had better be related to the acquisition model", []chain{own(e), plasm(d, e, e), plasm(d, b, e), mismatch(d, e), random(e), all(e)}},
		{"10", CoNLL, "CoNLL-2003: a CNN-BiLSTM-CRF as successor", "PLASM is above the successor's own choice: the labeler knows more", []chain{own(c), plasm(d, b, c), mismatch(d, c), random(c), all(c)}},
		{"11", AGNews, "AG News: XLNet as successor", mends, []chain{own(x), plasm(d, b, x), mismatch(d, x), random(x), all(x)}},
		{"12a", AGNews, "AG News: filters of pseudo-labels, ELECTRA as successor", "filters help much, and TracIn a little more than uncertainty",
			[]chain{own(e), plasm(d, b, e), plasm(d, b, e).filtered(uncertainty), plasm(d, b, e).filtered(none), random(e), all(e)}},
		{"12b", AGNews, "AG News: filters of pseudo-labels, XLNet as successor", "filters help much, and TracIn a little more than uncertainty",
			[]chain{own(x), plasm(d, b, x), plasm(d, b, x).filtered(uncertainty), plasm(d, b, x).filtered(none), random(x), all(x)}},
		{"13a", AGNewsUPS, "AG News: UPS, ELECTRA as successor", unharmed, []chain{own(e), ups(own(e)), random(e), all(e)}},
		{"13b", CoNLLUPS, "CoNLL-2003: UPS, ELECTRA as successor", unharmed, []chain{own(e), ups(own(e)), random(e), all(e)}},
		{"14", CoNLLUPS, "CoNLL-2003: PLASM and UPS", "both together cost no quality", []chain{own(e), ups(plasm(d, b, e)), plasm(d, b, e), random(e), all(e)}},
		{"15", AGNewsUPS, "AG News: UPS and a random part of the pool", "a random part of the same size is worse", []chain{own(e), ups(own(e)), random11(own(e)), random(e), all(e)}},
		{"16", AGNewsUPS, "AG News: 5 % of the pool, with and without a temperature", "the most uncertain 5 % alone are a little worse in some rounds",
			[]chain{own(e), ups5(own(e)), top5(own(e)), random(e), all(e)}},
	}
}

// timed are the arms of the paper's Tables 1 and 7.
func timed() []chain {
	return []chain{own(electra), own(bert), own(distilBERT), ups(own(electra)), ups(own(distilBERT))}
}

// Find returns the figure of that number.
func Find(number string) (Figure, error) {
	var numbers []string
	for _, f := range figures() {
		if f.Number == number {
			return f, nil
		}
		numbers = append(numbers, f.Number)
	}
	return Figure{}, fmt.Errorf("paper: there is no figure %q; there are %s", number, strings.Join(numbers, ", "))
}

// caption says what the figure shows with the preset, and what the paper shows and finds.
func (f Figure) caption(p Preset) string {
	var papers, players []string // the paper's models with ours in their places, and who plays what
	for _, c := range f.chains {
		for _, r := range c.roles() {
			cast, _ := p.cast(r)
			if player := p.letter(r) + " is " + cast.name; !slices.Contains(players, player) {
				full, _ := Paper.cast(r)
				papers, players = append(papers, full.name, fmt.Sprintf("%s (%s)", p.letter(r), cast.name)), append(players, player)
			}
		}
	}
	slices.Sort(players)
	if p == Paper {
		return fmt.Sprintf("Figure %s. %s. The paper: %s. Here %s.", f.Number, f.Shows, f.Claim, strings.Join(players, ", "))
	}
	corpus, compared, _ := strings.Cut(f.Shows, ": ")
	here := []string{p.corpus(f.Study, corpus), strings.NewReplacer(papers...).Replace(compared)}
	players = slices.DeleteFunc(players, func(player string) bool {
		letter, name, _ := strings.Cut(player, " is ")
		return strings.Contains(here[1], fmt.Sprintf("%s (%s)", letter, name))
	})
	if len(players) > 0 {
		here = append(here, strings.Join(players, ", "))
	}
	return fmt.Sprintf("Figure %s, with %s: %s. The paper: %s, %s; %s.", f.Number, p, strings.Join(here, "; "), corpus, compared, f.Claim)
}

// Arms returns the names of the figure's arms, those of the preset's models; missing names the paper's models that it hasn't got.
func (f Figure) Arms(p Preset) (names []string, missing string) {
	for _, c := range f.chains {
		for _, r := range c.roles() {
			if _, ok := p.cast(r); !ok {
				full, _ := Paper.cast(r)
				return nil, full.name
			}
		}
		names = append(names, p.name(c))
	}
	return names, ""
}

// styled has each arm in its style.
func (f Figure) styled(p Preset, l chart.Lines) chart.Lines {
	for i := range l.Series {
		for _, c := range f.chains {
			if l.Series[i].Name == p.name(c) {
				l.Series[i].Style = c.style()
			}
		}
	}
	return l
}

// mended returns the names of the arm whose mismatch PLASM is to mend, and of those with PLASM; none where the figure hasn't both.
func (f Figure) mended(p Preset) (mismatch string, with []string) {
	for _, c := range f.chains {
		switch {
		case c.labeler != nobody:
			with = append(with, p.name(c))
		case c.successor != nobody:
			mismatch = p.name(c)
		}
	}
	if mismatch == "" || with == nil {
		return "", nil
	}
	return mismatch, with
}

// sampled are the arms of a study that score a part of the pool.
func sampled(study string) []chain {
	chains := timed()
	for _, f := range figures() {
		if f.Study == study {
			chains = append(chains, f.chains...)
		}
	}
	return slices.DeleteFunc(chains, func(c chain) bool { return c.sampler == nil })
}

// Experiment is a study with the arms of all its figures and tables, each once.
func (p Preset) Experiment(study string) (alnb.Experiment, error) {
	var chains []chain
	for _, f := range figures() {
		if f.Study == study {
			chains = append(chains, f.chains...)
		}
	}
	if study == AGNewsUPS || study == CoNLLUPS {
		chains = append(chains, timed()...)
	}
	if chains == nil {
		return alnb.Experiment{}, fmt.Errorf("paper: there is no study %q", study)
	}
	size := p.size(study)
	e := alnb.Experiment{Start: size.start, Batch: size.batch, Rounds: size.rounds, Seeds: size.seeds}
	tagging := study != AGNews && study != AGNewsUPS
	if tagging {
		e.Tagged = p.words(study)
	} else {
		e.Data = p.texts()
	}
	seen := make(map[string]bool)
	for _, c := range chains {
		if arm, ok := p.arm(c, tagging, size.pseudo); ok && !seen[arm.Name] {
			seen[arm.Name] = true
			e.Arms = append(e.Arms, arm)
		}
	}
	return e, nil
}
