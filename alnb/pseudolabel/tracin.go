package pseudolabel

// TracIn drops the share 1−q with the highest self-influence (paper §3.3), after Pruthi et al., "Estimating Training Data
// Influence by Tracing Gradient Descent" (NeurIPS 2020): a wrong label is one that only its own gradient helps to learn.
//
//	TracIn(z) = (1/C) Σ_t ‖∇_θ ℓ(w_t, z)‖²
//
// over the weights w_t at the first successor's last C epochs' ends. The learning rate isn't in it, as in the authors' code:
// it decays linearly, and would make the last checkpoints count for nothing. For words the sum is divided by the number of
// the document's words, as the authors do; the paper doesn't say so.
type TracIn struct{}

// Name implements Filter.
func (TracIn) Name() string { return string(ByTracIn) }

// Check implements Filter.
func (TracIn) Check() error { return nil }

// By implements Filter.
func (TracIn) By() Score { return ByTracIn }

// Share implements Filter.
func (TracIn) Share(q float64) float64 { return 1 - q }
