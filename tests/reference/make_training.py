"""Writes what PyTorch gives for trainings with weights and with SGD, and tiny models with a head for masked words; the Go
tests compare with it.

  python -m venv V && V/bin/pip install torch==2.15.0 transformers==5.24.0 tokenizers safetensors
  V/bin/python tests/reference/make_training.py

  weighted.json           losses of a few steps, dropout off, all documents in every mini-batch: of tiny-bert as a classifier
                          and families/bert-tagging as a tagger with class weights, document weights and both (AdamW), and of
                          tiny-bert with SGD. torch.nn.CrossEntropyLoss(weight=...) where there are class weights only
  masked-bert, masked-distilbert   BertForMaskedLM and DistilBertForMaskedLM with random weights, and the tokenizer of
                          families/bert-classification
  masked-*/logits.json    for texts with [MASK] in them, one padded batch: the logits at these

With --tagger DIR it only writes tagger.json: the probabilities of a tagger that the Go side trained and saved
(go test ./alnb/model -run TestTaggerSaved -save).
"""
import argparse, json, os, shutil
os.environ.setdefault('HF_HUB_OFFLINE', '1')
import torch, transformers
from torch.nn.functional import cross_entropy
from transformers import (AutoModelForTokenClassification, AutoTokenizer, BertConfig, BertForMaskedLM, BertForSequenceClassification,
                          DistilBertConfig, DistilBertForMaskedLM, get_constant_schedule_with_warmup, get_linear_schedule_with_warmup)
from make_families import TESTDATA, WORDS, digits, encode, probabilities, tags
from make_fixtures import TRAIN
import make_fixtures

def write(path, what):
    what = dict(made_by='tests/reference/make_training.py', torch=torch.__version__, transformers=transformers.__version__, **what)
    with open(os.path.join(TESTDATA, path), 'w', encoding='utf8') as f:
        f.write('{' + ',\n'.join(f'"{k}": ' + json.dumps(v, separators=(',', ':')) for k, v in what.items()) + '}\n')

def groups(model, decay):
    plain = lambda n: n.endswith('.bias') or 'LayerNorm' in n
    return [dict(params=[p for n, p in model.named_parameters() if not plain(n)], weight_decay=decay),
            dict(params=[p for n, p in model.named_parameters() if plain(n)], weight_decay=0.)]

def train(model, inputs, loss_of, optimizer, schedule, steps, clip):
    model.eval(); losses = []                                   # eval: no dropout
    for _ in range(steps):
        loss = loss_of(model(**inputs).logits); loss.backward(); losses.append(loss.item())
        torch.nn.utils.clip_grad_norm_(model.parameters(), clip); optimizer.step(); schedule.step(); optimizer.zero_grad()
    return losses

def weighted(load, inputs, y, classes, of_classes, of_documents, rate):
    """y is [documents] or [documents, sub-words], -100 where there is none."""
    steps, out = 5, {}
    c, d = torch.tensor(of_classes), torch.tensor(of_documents).reshape(-1, *[1] * (y.dim() - 1)).expand(y.shape)
    def mean(logits, weights):
        each = cross_entropy(logits.flatten(0, -2), y.flatten(), reduction='none').reshape(y.shape)
        weights = weights * (y >= 0); return (each * weights).sum() / weights.sum()
    by_class = torch.nn.CrossEntropyLoss(weight=c)
    for name, loss in dict(classes=lambda z: by_class(z.flatten(0, -2), y.flatten()), documents=lambda z: mean(z, d),
                           both=lambda z: mean(z, d * c[y.clamp(min=0)])).items():
        model = load(); optimizer = torch.optim.AdamW(groups(model, .05), lr=rate)
        out[name] = train(model, inputs, loss, optimizer, get_linear_schedule_with_warmup(optimizer, 1, steps), steps, 1.)
    return dict(steps=steps, learning_rate=rate, weight_decay=.05, clip_norm=1., warmup_fraction=.2, class_weights=dict(zip(classes, of_classes)),
                document_weights=of_documents, losses=out)

def classification():
    folder = os.path.join(TESTDATA, 'tiny-bert'); load = lambda: BertForSequenceClassification.from_pretrained(folder, num_labels=4, attn_implementation='eager')
    rows = [make_fixtures.encode(folder, t, 32) for t, _ in TRAIN]; y = torch.tensor([c for _, c in TRAIN])
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long); mask = torch.zeros_like(ids)
    for i, r in enumerate(rows): ids[i, :len(r)] = torch.tensor(r); mask[i, :len(r)] = 1
    inputs = dict(input_ids=ids, attention_mask=mask); of_documents = [1., .25, 3., 0., .5, 2.]
    names = [f'LABEL_{i}' for i in range(4)]; out = weighted(load, inputs, y, names, [.5, 2., 1., 0.], of_documents, 5e-3)
    model = load(); sgd = torch.optim.SGD(groups(model, .05), lr=.05, momentum=.9)
    losses = train(model, inputs, lambda z: cross_entropy(z, y), sgd, get_constant_schedule_with_warmup(sgd, 3), 10, .5)
    common = dict(max_tokens=32, texts=[t for t, _ in TRAIN], labels=y.tolist(), classes=names)
    return dict(common, **out), dict(common, steps=10, learning_rate=.05, momentum=.9, weight_decay=.05, clip_norm=.5, warmup_fraction=.3, losses=losses)

def tagging():
    folder = os.path.join(TESTDATA, 'families', 'bert-tagging'); tokenizer = AutoTokenizer.from_pretrained(folder)
    load = lambda: AutoModelForTokenClassification.from_pretrained(folder, attn_implementation='eager')
    rows, labels = map(list, zip(*[tags(d.split(' ')) for d in WORDS[:7]])); inputs, of = encode(tokenizer, 'bert', rows, True)
    y = torch.tensor([[labels[i][w] if w is not None and ws.index(w) == j else -100 for j, w in enumerate(ws)] for i, ws in enumerate(of)])
    names = [load().config.id2label[i] for i in range(5)]
    return dict(max_tokens=48, words=rows, labels=labels, classes=names,
                **weighted(load, inputs, y, names, [.25, 2., 1.5, 3., 1.], [1., .25, 3., 0., 0., 2., .5], 5e-3))

def masked(name, config, kind):
    folder = os.path.join(TESTDATA, name); shutil.rmtree(folder, ignore_errors=True); os.makedirs(folder)
    for file in ('tokenizer.json', 'tokenizer_config.json'): shutil.copy(os.path.join(TESTDATA, 'families', 'bert-classification', file), folder)
    torch.manual_seed(3); model = kind._from_config(config, attn_implementation='eager').eval()
    for p in model.parameters():                                # biases and norms away from 0 and 1, so that mistakes show
        if p.dim() == 1: p.data += .1 * torch.randn_like(p)
    model.save_pretrained(folder); os.chmod(os.path.join(folder, 'model.safetensors'), 0o644)
    texts = ['the [MASK] leaves at six', 'a fox [MASK] over [MASK]', '[MASK]', 'the quick brown fox jumps over the lazy dog [MASK]']
    inputs = AutoTokenizer.from_pretrained(folder)(texts, padding=True, return_tensors='pt'); inputs.pop('token_type_ids', None)
    where = [(i, j) for i, row in enumerate(inputs['input_ids'].tolist()) for j, x in enumerate(row) if x == 4]
    with torch.inference_mode(): logits = model(**inputs).logits
    write(os.path.join(name, 'logits.json'), dict(texts=texts, masks=where, logits=[[round(x, 6) for x in logits[i, j].tolist()] for i, j in where]))

def tagger(folder):
    model = AutoModelForTokenClassification.from_pretrained(folder, attn_implementation='eager'); tokenizer = AutoTokenizer.from_pretrained(folder)
    rows = [tags(d.split(' '))[0] for d in WORDS]; one = [encode(tokenizer, 'bert', [r], True) for r in rows]
    inputs, of = encode(tokenizer, 'bert', rows, True)
    write('tagger.json', dict(max_tokens=48, words=rows, classes=[model.config.id2label[i] for i in range(model.config.num_labels)],
                              alone=[probabilities(model, x, ws, [r], True)[0] for (x, ws), r in zip(one, rows)],
                              mixed=probabilities(model, inputs, of, rows, True)))

def main():
    transformers.logging.set_verbosity_error(); transformers.logging.disable_progress_bar()
    p = argparse.ArgumentParser(); p.add_argument('--tagger'); a = p.parse_args()
    if a.tagger: tagger(a.tagger); return
    classifier, sgd = classification(); write('weighted.json', dict(classification=classifier, tagging=tagging(), sgd=sgd))
    sizes = dict(vocab_size=145, max_position_embeddings=64, initializer_range=.2)
    masked('masked-bert', BertConfig(hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24, **sizes), BertForMaskedLM)
    masked('masked-distilbert', DistilBertConfig(dim=16, n_layers=2, n_heads=4, hidden_dim=24, **sizes), DistilBertForMaskedLM)

if __name__ == '__main__':
    main()
