package nn

import (
	"math"
	"math/rand/v2"
	"strings"
)

// Initial draws a weight's values at the start of training, by its name and shape:
//
//	word_embeddings, char_embeddings  uniform(±√(3/size)), as Ma and Hovy; known words' vectors are then put over them
//	lstm                              uniform(±1/√hidden), torch.nn.LSTM's default, forget gates' biases like the others
//	crf                               uniform(±0.1), pytorch-crf's default
//	other weights                     Xavier uniform(±√(6/(in + out))), for convolutions in and out times the width
//	other biases                      0
func (m CNNBiLSTMCRF) Initial(name string, dims []int, r *rand.Rand) []float32 {
	size := 1
	for _, d := range dims {
		size *= d
	}
	var bound float64
	switch {
	case name == WordEmbeddings || name == charEmbeddings:
		bound = math.Sqrt(3 / float64(dims[1]))
	case strings.HasPrefix(name, lstmName+"."):
		bound = 1 / math.Sqrt(float64(m.Hidden))
	case strings.HasPrefix(name, "crf."):
		bound = 0.1
	case len(dims) > 1:
		width := size / (dims[0] * dims[1])
		bound = math.Sqrt(6 / float64((dims[0]+dims[1])*width))
	}
	values := make([]float32, size)
	for i := range values {
		values[i] = float32((2*r.Float64() - 1) * bound)
	}
	return values
}
