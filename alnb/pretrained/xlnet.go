package pretrained

import "fmt"

// xlnet is the model_type of XLNet's family.
const xlnet = "xlnet"

// XLNetConfig is what only an XLNet's configuration says. Fields that concern texts longer than one pass of the model
// (mem_len, reuse_len, use_mems_eval, use_mems_train) or attention to earlier tokens alone (same_length) change nothing
// here.
type XLNetConfig struct {
	ClampLength         int     `json:"clamp_len"` // the largest distance of two tokens that is told from others; not positive: none
	SummaryType         string  `json:"summary_type"`
	SummaryUseProj      bool    `json:"summary_use_proj"`
	SummaryActivation   string  `json:"summary_activation"` // "": none
	SummaryFirstDropout float64 `json:"summary_first_dropout"`
	SummaryProjToLabels bool    `json:"summary_proj_to_labels"`
	AttentionType       string  `json:"attn_type"`
	BiData              bool    `json:"bi_data"`
	HeadSize            int     `json:"d_head"` // 0: what the hidden size and the heads give
}

func xlnetDefaults() Config {
	c, dropout := bertDefaults, 0.1
	c.ModelType, c.VocabSize, c.HiddenSize, c.Layers, c.Heads, c.IntermediateSize = xlnet, 32000, 1024, 24, 16, 4096
	c.TypeVocabSize, c.MaxPositions, c.PadTokenID, c.ClassifierDropout = 0, 0, 5, &dropout
	c.ClampLength, c.AttentionType = -1, "bi"
	c.SummaryType, c.SummaryUseProj, c.SummaryActivation = "last", true, "tanh"
	return c
}

// check refuses what Python refuses, too, and what isn't supported; size is that of a head.
func (c XLNetConfig) check(size int) error {
	switch {
	case c.AttentionType != "bi":
		return fmt.Errorf("attn_type is %q; supported is \"bi\", attention in both directions", c.AttentionType)
	case c.BiData:
		return fmt.Errorf("bi_data is true: half of a batch would be read backwards; supported is false")
	case c.HeadSize != 0 && c.HeadSize != size:
		return fmt.Errorf("d_head is %d; d_model and n_head make it %d", c.HeadSize, size)
	case c.SummaryProjToLabels:
		return fmt.Errorf("summary_proj_to_labels is true, which leaves the layer behind it without its input; supported is false")
	case !(c.SummaryFirstDropout >= 0 && c.SummaryFirstDropout < 1):
		return fmt.Errorf("summary_first_dropout is %g; it must lie in [0, 1)", c.SummaryFirstDropout)
	}
	return nil
}
