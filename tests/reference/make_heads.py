"""Writes what heads read and what their last linear layer gets, by Python's transformers and PyTorch, for the tiny models of
make_families.py and make_light.py, which must have run. The Go tests compare with it.

  python -m venv V && V/bin/pip install torch==2.15.0 transformers==5.23.0 tokenizers safetensors
  V/bin/python tests/reference/make_heads.py

  alnb/model/testdata/heads.json             by family: of each of the classifier's `texts` the last hidden state at the
                                             position that the head reads (`reads`) and the last layer's input (`last`); of
                                             each of the tagger's word lists the mean of the last hidden states of its words'
                                             first sub-words (`words`), zeros where no word has any
  alnb/internal/nn/testdata/light_heads.json the same of the CNN-BiLSTM-CRF: as a classifier the maximum of the BiLSTM's
                                             states (`reads`) and the tanh layer (`last`)

Every document is computed by itself; inputs of last layers are caught on their way into the module.
"""
import json, os
os.environ.setdefault('HF_HUB_OFFLINE', '1')
import torch, transformers
from transformers import AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer
from make_families import TESTDATA, encode
import make_light

FINAL = dict(bert=lambda m: m.classifier, distilbert=lambda m: m.classifier, electra=lambda m: m.classifier.out_proj,
             xlnet=lambda m: m.logits_proj)

def digits(x): return [digits(y) for y in x] if isinstance(x, list) else float(f'{x:.7g}')

def opened(kind, family, task):
    folder = os.path.join(TESTDATA, 'families', f'{family}-{task}')
    model = kind.from_pretrained(folder, attn_implementation='eager').eval()
    return model, AutoTokenizer.from_pretrained(folder), json.load(open(os.path.join(folder, 'reference.json'), encoding='utf8'))

@torch.inference_mode()
def heads(family):
    model, tokenizer, reference = opened(AutoModelForSequenceClassification, family, 'classification')
    caught, reads, last = [], [], []
    FINAL[family](model).register_forward_pre_hook(lambda module, inputs: caught.append(inputs[0][0]))
    for text, ids in zip(reference['texts'], reference['ids']):
        inputs, _ = encode(tokenizer, family, [text], False)
        assert inputs['input_ids'][0].tolist() == ids
        states = model(**inputs, output_hidden_states=True).hidden_states[-1][0]
        reads.append(states[-1 if family == 'xlnet' else 0].tolist()); last.append(caught.pop().tolist())
    model, tokenizer, reference = opened(AutoModelForTokenClassification, family, 'tagging')
    words = []
    for row in reference['words']:
        inputs, [of] = encode(tokenizer, family, [row], True)
        states = model(**inputs, output_hidden_states=True).hidden_states[-1][0]
        firsts = [states[of.index(w)] for w in range(len(row)) if w in of]
        words.append((torch.stack(firsts).mean(0) if firsts else torch.zeros_like(states[0])).tolist())
    return {k: digits(v) for k, v in dict(reads=reads, last=last, words=words).items()}

@torch.inference_mode()
def light():
    r = json.load(open(make_light.OUT, encoding='utf8'))
    model = make_light.Model(r['classes'])
    for name, p in model.named_parameters():
        values = r['classification']['weights'].get(make_light.go_name(name)) or r['weights'][make_light.go_name(name)]
        if name not in ('start', 'end', 'transitions'): p.copy_(torch.tensor(values).reshape(p.shape))
    reads, last = [], []
    for words, chars, logits in zip(r['words'], r['chars'], r['classification']['logits']):
        states = model.states([list(zip(words, chars))])[0][0]
        reads.append(states.max(0).values); last.append(torch.tanh(model.feed_forward(reads[-1])))
        assert (model.output(last[-1]) - torch.tensor(logits)).abs().max() < 1e-5
    return dict(reads=digits([x.tolist() for x in reads]), last=digits([x.tolist() for x in last]))

def write(path, what):
    with open(path, 'w', encoding='utf8') as f:
        json.dump(dict(made_by='tests/reference/make_heads.py', torch=torch.__version__, transformers=transformers.__version__, **what), f, separators=(',', ':'))
        f.write('\n')

def main():
    transformers.logging.set_verbosity_error(); transformers.logging.disable_progress_bar()
    write(os.path.join(TESTDATA, 'heads.json'), {family: heads(family) for family in FINAL})
    write(os.path.join(os.path.dirname(make_light.OUT), 'light_heads.json'), light())

if __name__ == '__main__':
    main()
