"""Writes alnb/model/testdata/families: a tiny random model of each family with what Python's transformers and PyTorch
give for it. The Go tests compare with it.

  python -m venv V && V/bin/pip install torch==2.15.0 transformers==5.24.0 tokenizers safetensors
  V/bin/python tests/reference/make_families.py

  FAMILY/                        config.json, model.safetensors, and the tokenizer of tiny-bert
  FAMILY/gradients.safetensors   the gradient of the mean loss over one mixed batch, by weight, dropout off
  FAMILY/reference.json          probabilities, each text alone and all in one padded batch; the loss at every one of 10
                                 steps of AdamW on that batch, and the probabilities after them
"""
import json, os, shutil
os.environ.setdefault('HF_HUB_OFFLINE', '1')
import torch, transformers
from safetensors.torch import save_file
from transformers import (BertConfig, BertForSequenceClassification, DistilBertConfig, DistilBertForSequenceClassification,
                          ElectraConfig, ElectraForSequenceClassification, get_linear_schedule_with_warmup)
from make_fixtures import CLASSES, TEXTS, encode, probabilities

HERE = os.path.dirname(os.path.abspath(__file__))
TESTDATA = os.path.join(HERE, '..', '..', 'alnb', 'model', 'testdata')
TINY, LIMIT, STEPS, RATE = os.path.join(TESTDATA, 'tiny-bert'), 48, 10, 1e-3

def models(vocabulary):
    common = dict(vocab_size=vocabulary, max_position_embeddings=64, initializer_range=.2, num_labels=CLASSES)
    shape = dict(hidden_size=16, num_hidden_layers=3, num_attention_heads=4, intermediate_size=24)
    yield 'bert', BertForSequenceClassification, BertConfig(**common, **shape)
    yield 'distilbert', DistilBertForSequenceClassification, DistilBertConfig(**common, dim=16, n_layers=3, n_heads=4, hidden_dim=24)
    yield 'electra', ElectraForSequenceClassification, ElectraConfig(**common, **shape, embedding_size=12)

def padded(rows):
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long); mask = torch.zeros_like(ids)
    for i, r in enumerate(rows): ids[i, :len(r)] = torch.tensor(r); mask[i, :len(r)] = 1
    return ids, mask

def main():
    tokenizer = json.load(open(os.path.join(TINY, 'tokenizer.json')))
    rows = [encode(TINY, t, LIMIT) for t in TEXTS]
    labels = [i % CLASSES for i in range(len(TEXTS))]
    for seed, (family, kind, config) in enumerate(models(len(tokenizer['model']['vocab']))):
        folder = os.path.join(TESTDATA, 'families', family); os.makedirs(folder, exist_ok=True)
        torch.manual_seed(seed); config._attn_implementation = 'eager'; model = kind(config)
        for name, p in model.named_parameters():                # biases and norms away from 0 and 1, so that mistakes show
            if p.dim() == 1: p.data += .1 * torch.randn_like(p)
        model.save_pretrained(folder)
        for name in ('tokenizer.json', 'tokenizer_config.json'): shutil.copy(os.path.join(TINY, name), folder)
        alone, mixed = probabilities(model, rows)
        model.eval()                                            # no dropout, in the steps neither
        ids, mask = padded(rows); y = torch.tensor(labels)
        model(input_ids=ids, attention_mask=mask, labels=y).loss.backward()
        save_file({n: p.grad.contiguous() for n, p in model.named_parameters()}, os.path.join(folder, 'gradients.safetensors'))
        model.zero_grad()
        plain = lambda n: n.endswith('.bias') or 'LayerNorm' in n or 'layer_norm' in n
        opt = torch.optim.AdamW([dict(params=[p for n, p in model.named_parameters() if not plain(n)], weight_decay=.05),
                                 dict(params=[p for n, p in model.named_parameters() if plain(n)], weight_decay=0.)], lr=RATE)
        schedule = get_linear_schedule_with_warmup(opt, int(.2 * STEPS), STEPS); losses = []
        for _ in range(STEPS):
            loss = model(input_ids=ids, attention_mask=mask, labels=y).loss; loss.backward(); losses.append(float(loss))
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.); opt.step(); schedule.step(); opt.zero_grad()
        trained, _ = probabilities(model, rows)
        with open(os.path.join(folder, 'reference.json'), 'w', encoding='utf8') as f:
            json.dump(dict(made_by='tests/reference/make_families.py', torch=torch.__version__, transformers=transformers.__version__,
                           max_tokens=LIMIT, texts=TEXTS, labels=labels, alone=alone, mixed=mixed, steps=STEPS, learning_rate=RATE,
                           weight_decay=.05, clip_norm=1., warmup_fraction=.2, losses=losses, trained=trained), f, ensure_ascii=True, indent=0); f.write('\n')

if __name__ == '__main__':
    main()
