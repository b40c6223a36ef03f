package pseudolabel

// Confidence drops the share 1−q of which the pseudo-labeler is least sure, the paper's ablation (its Fig. 12): by max_y p(y|x)
// for texts, and for words by the mean of log max_k p(k|x_i) over those that the model sees, which is −MNLP. It costs nothing:
// no first successor is trained.
//
// The authors' code has a share that is set by hand (filtering by quantile) where this one has 1−q, so that it can be compared
// with TracIn; theirs is [Share].
type Confidence struct{}

// Name implements Filter.
func (Confidence) Name() string { return string(ByConfidence) }

// Check implements Filter.
func (Confidence) Check() error { return nil }

// By implements Filter.
func (Confidence) By() Score { return ByConfidence }

// Share implements Filter.
func (Confidence) Share(q float64) float64 { return 1 - q }
