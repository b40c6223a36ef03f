package datasets

import (
	"context"
	"fmt"

	"github.com/alnb/alnb/alnb/corpus"
)

type banking77 struct{}

// Banking77 is a corpus of questions to a bank with 77 intents (Casanueva et al. 2020), CC BY 4.0: 10,003 for training and 3,080 for
// testing, 40 of each intent. It is read from train.csv and test.csv in $ALNB_DATA/banking77 where ALNB_DATA is set, else fetched
// once from where it was published. Classes are in alphabetical order.
func Banking77() corpus.Source { return banking77{} }

// Name implements corpus.Source.
func (banking77) Name() string { return "banking77" }

// Load implements corpus.Source.
func (banking77) Load(ctx context.Context) (*corpus.Dataset, error) {
	const at = "https://raw.githubusercontent.com/PolyAI-LDN/task-specific-datasets/master/banking_data/"
	p := published{title: "banking77", folder: "banking77"}
	paths, origin, err := p.files(ctx,
		webFile{"train.csv", at + "train.csv", 839073, "b06e26ac675513959a63135f11b94ea7786ed02da65db93a5650d8838cbc664b"},
		webFile{"test.csv", at + "test.csv", 239961, "d12d6e3bc4c3103966ae786dc435913c0c563dfa328f5a3646d0e62cfeeb474d"})
	if err != nil {
		return nil, err
	}
	data, err := Files{Train: paths[0], Test: paths[1], Text: "text", Label: "category"}.Load(ctx)
	if err != nil {
		return nil, err
	}
	data.Name, data.Origin = "banking77", origin
	if n, m, c := len(data.Train), len(data.Test), len(data.Classes); n != 10003 || m != 3080 || c != 77 {
		return nil, fmt.Errorf("datasets: banking77 has 10003 and 3080 texts of 77 classes; in %s there are %d and %d of %d: a file was cut "+
			"short, or is of another version, which datasets.Files reads, too", origin, n, m, c)
	}
	return data, nil
}
