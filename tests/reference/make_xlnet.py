"""Writes alnb/internal/nn/testdata/xlnet.json: a tiny random XLNet and what Python's transformers give for it. The Go test
compares with it: logits of each row by itself (padding must not matter), and the gradients of one padded batch.

  python -m venv V && V/bin/pip install torch==2.15.0 transformers==5.24.0
  V/bin/python tests/reference/make_xlnet.py
"""
import json, os
os.environ.setdefault('HF_HUB_OFFLINE', '1')
import torch, transformers
from transformers import XLNetConfig, XLNetForSequenceClassification, XLNetForTokenClassification

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'alnb', 'internal', 'nn', 'testdata', 'xlnet.json')
CLASSES, VOCABULARY, LENGTHS = 3, 30, (12, 1, 2, 5, 9, 12)
SHAPE = dict(d_model=16, n_head=4, n_layer=3, d_inner=24, vocab_size=VOCABULARY, initializer_range=.3, num_labels=CLASSES)
CASES = [dict(), dict(clamp_len=3), dict(summary_type='first', summary_activation='gelu'), dict(summary_type='mean'),
         dict(summary_type='cls_index', summary_activation='', ff_activation='relu'), dict(summary_use_proj=False, ff_activation='gelu_new', layer_norm_eps=.01)]

def left(rows, fill): return torch.tensor([[fill] * (max(LENGTHS) - len(r)) + r for r in rows])

def main():
    torch.manual_seed(1)
    ids = [torch.randint(6, VOCABULARY, (n,)).tolist() for n in LENGTHS]
    types = [[0] * (n - 1) + [2] if n != 12 else [0] * 6 + [1] * 5 + [2] for n in LENGTHS]     # a single text, or a pair
    kinds = dict(classify=XLNetForSequenceClassification, tag=XLNetForTokenClassification)
    weights = {}
    for kind in kinds.values():
        for n, p in kind(XLNetConfig(**SHAPE)).named_parameters():
            if n not in weights: weights[n] = torch.round((p.detach() + (.1 * torch.randn_like(p) if p.dim() == 1 else 0)) * 1e4) / 1e4
    cases = []
    for settings in CASES:
        case = dict(settings=settings)
        for name, kind in kinds.items():
            model = kind(XLNetConfig(**{**SHAPE, **settings})).eval()
            model.load_state_dict({n: weights[n] for n in model.state_dict()})
            with torch.inference_mode():
                alone = [model(input_ids=torch.tensor([i]), token_type_ids=torch.tensor([t])).logits[0] for i, t in zip(ids, types)]
            mask = left([[1] * n for n in LENGTHS], 0).float()
            logits = model(input_ids=left(ids, 5), token_type_ids=left(types, 3), attention_mask=mask).logits
            if settings.get('summary_type') in ('first', 'mean') and name == 'classify': case[name] = [a.tolist() for a in alone]; continue   # there Python counts padding
            worst = max(float((a - b[-len(a):] if name == 'tag' else a - b).detach().abs().max()) for a, b in zip(alone, logits)); print(settings, name, 'padding moves', worst); assert worst < 1e-5
            case[name] = [a.tolist() for a in alone]
            # The loss weights every row's (every real token's) class i mod CLASSES.
            gold = torch.arange(len(LENGTHS)) % CLASSES
            if name == 'classify': loss = torch.nn.functional.cross_entropy(logits, gold)
            else:
                flat = torch.cat([l[-n:] for l, n in zip(logits, LENGTHS)]); loss = torch.nn.functional.cross_entropy(flat, torch.arange(len(flat)) % CLASSES)
            loss.backward()
            grads = {n: p.grad if p.grad is not None else torch.zeros_like(p) for n, p in model.named_parameters()}
            case[name + '_gradients'] = {n: [float(g.norm()), float((g.flatten() * torch.cos(torch.arange(g.numel()))).sum())] for n, g in grads.items()}
        if settings: case.pop('tag_gradients', None)
        cases.append(case)
    short = lambda x: [short(v) for v in x] if isinstance(x, list) else {k: short(v) for k, v in x.items()} if isinstance(x, dict) else round(x, 7) if isinstance(x, float) else x
    with open(OUT, 'w', encoding='utf8') as f:
        json.dump(short(dict(made_by='tests/reference/make_xlnet.py', torch=torch.__version__, transformers=transformers.__version__, classes=CLASSES,
                       shape=SHAPE, ids=ids, types=types, weights={n: [round(v, 4) for v in w.flatten().tolist()] for n, w in weights.items()}, cases=cases)), f, separators=(',', ':')); f.write('\n')

if __name__ == '__main__':
    main()
