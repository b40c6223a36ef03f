// Package twins finds documents that are nearly the same, so that a person can be shown them.
package twins

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"

	"golang.org/x/text/cases"
)

// Threshold is how alike texts are that count as near-duplicates, by default.
const Threshold = 0.8

// Near returns the groups of texts that are nearly the same, as positions from 0, in order. Texts of one group are
// linked by pairs that
//
//   - are the same but for upper and lower case (Unicode's full case folding) and white space: these are always found; or
//   - have sets of shingles, three words in a row, whose Jaccard similarity |A∩B| / |A∪B| is at least the threshold, in
//     (0, 1]: of these, one in a million is missed. Words are [corpus.Segments] in folded case, less punctuation; what
//     has fewer than three is one shingle.
//
// So two texts of a group may be less alike than the threshold, where others stand between them.
//
// Candidates come from MinHash signatures cut into bands (Broder, "On the resemblance and containment of documents",
// 1997; Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3), and each is checked on the shingles
// themselves, as hashes of 64 bits. All hashes are keyed, so that the same texts give the same groups. Time and memory
// are linear in the texts (but for sorting): where many share a band, each is compared with the first 64 of them only.
// texts is gone through twice.
func Near(ctx context.Context, texts iter.Seq2[string, error], threshold float64) ([][]int, error) {
	if !(threshold > 0 && threshold <= 1) {
		return nil, fmt.Errorf("twins: the threshold is %g, not a share above 0 and up to 1", threshold)
	}
	groups, err := near(ctx, texts, threshold)
	if err != nil {
		return nil, fmt.Errorf("twins: %w", err)
	}
	return groups, nil
}

func near(ctx context.Context, texts iter.Seq2[string, error], threshold float64) ([][]int, error) {
	hashes := newHashes()
	first := make(map[[16]byte]int32) // the number of each folded text among those that differ
	var of []int32                    // of each text, the number of its folded text
	var signatures []uint32           // of the texts that differ, size each
	for text, err := range texts {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		folded := fold(text)
		sum := sha256.Sum256([]byte(folded))
		number, ok := first[[16]byte(sum[:16])]
		if !ok {
			number = int32(len(first))
			first[[16]byte(sum[:16])] = number
			signatures = hashes.sign(signatures, shingles(folded))
		}
		of = append(of, number)
	}
	index := newBands(signatures, threshold)
	sets, err := shinglesOf(ctx, texts, of, index.collide())
	if err != nil {
		return nil, err
	}
	linked := newUnion(len(first))
	if err := index.link(ctx, linked, sets, threshold); err != nil {
		return nil, err
	}
	return linked.groups(of), nil
}

// shinglesOf goes through the texts again, for the shingles of those that are wanted.
func shinglesOf(ctx context.Context, texts iter.Seq2[string, error], of []int32, wanted []bool) ([][]uint64, error) {
	sets := make([][]uint64, len(wanted))
	i := 0
	for text, err := range texts {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return nil, err
		}
		if i == len(of) {
			return nil, errors.New("there were more texts the second time")
		}
		if number := of[i]; wanted[number] && sets[number] == nil {
			sets[number] = shingles(fold(text))
		}
		i++
	}
	if i < len(of) {
		return nil, fmt.Errorf("there were %d texts, the second time %d", len(of), i)
	}
	return sets, nil
}

// fold leaves out differences between upper and lower case and between kinds of white space.
func fold(text string) string {
	return strings.Join(strings.Fields(cases.Fold().String(text)), " ")
}

// jaccard is the similarity of two sets, each sorted.
func jaccard(a, b []uint64) float64 {
	shared := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			shared, i, j = shared+1, i+1, j+1
		}
	}
	if len(a)+len(b) == 0 {
		return 0
	}
	return float64(shared) / float64(len(a)+len(b)-shared)
}

// A union joins numbers into sets.
type union struct{ parent []int32 }

func newUnion(n int) *union {
	u := &union{parent: make([]int32, n)}
	for i := range u.parent {
		u.parent[i] = int32(i)
	}
	return u
}

func (u *union) find(i int32) int32 {
	for u.parent[i] != i {
		u.parent[i] = u.parent[u.parent[i]]
		i = u.parent[i]
	}
	return i
}

// join makes one set of two. The smaller number stands for it.
func (u *union) join(i, j int32) {
	i, j = u.find(i), u.find(j)
	u.parent[max(i, j)] = min(i, j)
}

// groups returns the positions of each set, in order, where there are at least two.
func (u *union) groups(of []int32) [][]int {
	positions := make(map[int32][]int)
	var order []int32
	for i, number := range of {
		root := u.find(number)
		if positions[root] == nil {
			order = append(order, root)
		}
		positions[root] = append(positions[root], i)
	}
	groups := make([][]int, 0, len(order))
	for _, root := range order {
		if len(positions[root]) > 1 {
			groups = append(groups, positions[root])
		}
	}
	return slices.Clip(groups)
}
