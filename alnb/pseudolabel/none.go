package pseudolabel

// None drops nothing: plain self-training, the paper's other ablation.
type None struct{}

// Name implements Filter.
func (None) Name() string { return "none" }

// Check implements Filter.
func (None) Check() error { return nil }

// By implements Filter.
func (None) By() Score { return ByNothing }

// Share implements Filter.
func (None) Share(float64) float64 { return 0 }
