package pseudolabel

import "fmt"

// Share drops a fixed share, whatever the pseudo-labeler's quality.
type Share struct {
	Drop  float64 `json:"drop"`  // of the pseudo-labels, from 0 to below 1
	Score Score   `json:"score"` // whose highest are dropped: "tracin" or "confidence"
}

// Name implements Filter.
func (Share) Name() string { return "share" }

// Check implements Filter.
func (s Share) Check() error {
	switch {
	case !(s.Drop >= 0 && s.Drop < 1):
		return fmt.Errorf("pseudolabel: %s: drop is %g; it is a share of the pseudo-labels, from 0 to below 1", s.Name(), s.Drop)
	case s.Score != ByTracIn && s.Score != ByConfidence:
		return fmt.Errorf("pseudolabel: %s: score is %q; it is %q or %q", s.Name(), s.Score, ByTracIn, ByConfidence)
	}
	return nil
}

// By implements Filter.
func (s Share) By() Score { return s.Score }

// Share implements Filter.
func (s Share) Share(float64) float64 { return s.Drop }
