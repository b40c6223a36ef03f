package datasets

import (
	"context"

	"github.com/alnb/alnb/alnb/corpus"
)

type wnut17 struct{}

// WNUT17 is the corpus of the WNUT 2017 shared task on emerging and rare entities (Derczynski et al. 2017): 3,394 messages for
// training and 1,287 for testing, from Twitter, Reddit, YouTube and Stack Exchange, with six types of spans; CC BY 4.0. It is read
// from $ALNB_DATA/wnut17 where ALNB_DATA is set, else fetched once from where it was published. The development split is left out.
func WNUT17() corpus.TaggedSource { return wnut17{} }

// Name implements corpus.TaggedSource.
func (wnut17) Name() string { return "wnut17" }

// LoadTagged implements corpus.TaggedSource.
func (wnut17) LoadTagged(ctx context.Context) (*corpus.TaggedDataset, error) {
	const at = "https://raw.githubusercontent.com/leondz/emerging_entities_17/master/"
	p := published{title: "WNUT-17", folder: "wnut17"}
	paths, origin, err := p.files(ctx,
		webFile{"wnut17train.conll", at + "wnut17train.conll", 493781, "731820e13f71af324c6b55a1575ec2ce59fbaa2a0806f8f0400b98d56cd6a7a5"},
		webFile{"emerging.test.annotated", at + "emerging.test.annotated", 192425,
			"2aa79b764e56ec9264a1b30fdd9b70195bd00ff400b62edd8f399d5f13c178f0"})
	if err != nil {
		return nil, err
	}
	return p.tagged(ctx, origin, nil, paths[0], paths[1], CoNLL{}.read, splitSize{3394, 62730}, splitSize{1287, 23394})
}
