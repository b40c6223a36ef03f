"""Writes what Python's transformers, tokenizers and PyTorch give for texts of our own; the Go tests compare with it.

  python -m venv V && V/bin/pip install torch==2.15.0 transformers==5.23.0 tokenizers
  V/bin/python tests/reference/make_fixtures.py --minilm ~/.cache/alnb/models/sentence-transformers/all-MiniLM-L6-v2

  tiny-bert        a BERT of 2 layers with random weights and its tokenizer, made here (seeded)
  tokens.json      sub-word ids, of MiniLM's and tiny-bert's tokenizers
  minilm.json      probabilities of MiniLM under a random head, each text by itself and all in one padded batch
  tiny.json        the same for tiny-bert
  training.json    losses, norms and probabilities of 12 steps of AdamW on tiny-bert, dropout off, one batch
  activations.json the activation functions

With --finetuned DIR it only writes finetuned.json: the probabilities of a classifier that the Go side trained and saved
(go test ./alnb/model -run TestFineTuned -save).
"""
import argparse, json, os
os.environ.setdefault('HF_HUB_OFFLINE', '1')
import torch, transformers, tokenizers
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification, get_linear_schedule_with_warmup

TEXTS = [
    'The ferry to the islands leaves at six, unless the harbour master says otherwise.',
    'Goalkeeper saves two penalties as the home side go through to the final',
    'Shares of the chip maker fell 4.5% on Tuesday after it cut its forecast for the quarter.',
    'A probe the size of a fridge has landed on a comet, and its batteries will last for three days.',
    'short', '', ' ', '\t\n', '?', '[CLS] [SEP] [MASK] [PAD] [UNK]',
    'naïve café, coöperate, Ångström, Straße, İstanbul, ﬁne ligature, e\u0301 combining',
    'Москва и Санкт-Петербург: поезд идёт четыре часа', '東京タワーは赤い。北京欢迎你', '서울은 오늘 비가 온다',
    'नमस्ते दुनिया', 'مرحبا بالعالم', 'שלום עולם', 'emoji 😀👩‍👩‍👧‍👦🏳️‍🌈 and 𝕞𝕒𝕥𝕙',
    'zero\u200bwidth and bidi \u202eabc\u202c and a soft\u00adhyphen, nbsp\u00a0here', 'control \x01\x02\x7f chars',
    'U+FFFD \ufffd and a lone private use \ue000', '<script>alert(1)</script> &amp; "quotes" \'single\' `tick`',
    'http://example.org/path?x=1&y=2#frag e-mail@example.org C:\\temp\\file.txt', '1,234,567.89 €12 £3 ½ ² №5 ™',
    'supercalifragilisticexpialidocious antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis',
    'x' * 150, 'word ' * 200, 'The quick brown fox jumps over the lazy dog. ' * 12,
    'don\'t can\'t it\'s o\'clock rock\'n\'roll', 'ALL CAPS HEADLINE: MARKETS RALLY', 'MiXeD cAsE', 'line\nbreak\r\nand\ttab',
]
TRAIN = [('the team won the final match', 1), ('shares fell on the market', 2), ('a probe landed on a comet', 3),
         ('the minister met the president', 0), ('goalkeeper saves two penalties in the final', 1), ('the bank cut its forecast', 2)]
CLASSES = 4
HERE = os.path.dirname(os.path.abspath(__file__))
OUT = os.path.join(HERE, '..', '..', 'alnb', 'model', 'testdata')

def write(name, what):
    what = dict(made_by='tests/reference/make_fixtures.py', torch=torch.__version__, transformers=transformers.__version__,
                tokenizers=tokenizers.__version__, **what)
    with open(os.path.join(OUT, name), 'w', encoding='utf8') as f: json.dump(what, f, ensure_ascii=True, indent=0); f.write('\n')

def make_tiny(folder):
    """A WordPiece tokenizer trained on TEXTS and a random BERT; weights wide enough that probabilities differ."""
    tok = tokenizers.BertWordPieceTokenizer(lowercase=True)
    tok.train_from_iterator(TEXTS + [t for t, _ in TRAIN], vocab_size=400, min_frequency=1, limit_alphabet=120, show_progress=False)
    tok._tokenizer.post_processor = tokenizers.processors.BertProcessing(('[SEP]', tok.token_to_id('[SEP]')), ('[CLS]', tok.token_to_id('[CLS]')))
    os.makedirs(folder, exist_ok=True)
    tok.enable_padding(length=20); tok.enable_truncation(20)     # as MiniLM's file has: readers must override both
    tok.save(os.path.join(folder, 'tokenizer.json'))
    json.dump(dict(tokenizer_class='BertTokenizer', do_lower_case=True, model_max_length=64), open(os.path.join(folder, 'tokenizer_config.json'), 'w'))
    config = BertConfig(vocab_size=tok.get_vocab_size(), hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
                        max_position_embeddings=64, initializer_range=.2, num_labels=CLASSES)
    torch.manual_seed(1); model = BertForSequenceClassification(config)
    for name, p in model.named_parameters():                    # biases and norms away from 0 and 1, so that mistakes show
        if p.dim() == 1: p.data += .1 * torch.randn_like(p)
    model.save_pretrained(folder)

def encode(folder, text, limit):
    # The tokenizer as its file says; truncation and padding replaced.
    tok = tokenizers.Tokenizer.from_file(os.path.join(folder, 'tokenizer.json')); tok.no_padding(); tok.enable_truncation(limit)
    return tok.encode(text).ids

@torch.inference_mode()
def probabilities(model, rows):
    """Each row by itself, and all in one batch padded at the right."""
    model.eval(); alone = [model(input_ids=torch.tensor([r])).logits.softmax(-1)[0].tolist() for r in rows]
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long); mask = torch.zeros_like(ids)
    for i, r in enumerate(rows): ids[i, :len(r)] = torch.tensor(r); mask[i, :len(r)] = 1
    return alone, model(input_ids=ids, attention_mask=mask).logits.softmax(-1).tolist()

def load(folder, **kw): return BertForSequenceClassification.from_pretrained(folder, num_labels=CLASSES, attn_implementation='eager', **kw)

def parity(folder, name, limit, head):
    model = load(folder)
    out = {}
    if head:
        torch.manual_seed(2); w = torch.randn(CLASSES, model.config.hidden_size).mul_(.3); b = torch.randn(CLASSES).mul_(.3)
        model.classifier.weight.data, model.classifier.bias.data = w, b; out = dict(weight=w.flatten().tolist(), bias=b.tolist())
    rows = [encode(folder, t, limit) for t in TEXTS]
    alone, mixed = probabilities(model, rows)
    write(name, dict(max_tokens=limit, texts=TEXTS, alone=alone, mixed=mixed, **out))

def training(folder):
    model = load(folder, hidden_dropout_prob=0., attention_probs_dropout_prob=0.); model.train()
    limit, steps, lr = 32, 12, 5e-3
    rows = [encode(folder, t, limit) for t, _ in TRAIN]; y = torch.tensor([c for _, c in TRAIN])
    ids = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long); mask = torch.zeros_like(ids)
    for i, r in enumerate(rows): ids[i, :len(r)] = torch.tensor(r); mask[i, :len(r)] = 1
    plain = [p for n, p in model.named_parameters() if n.endswith('.bias') or 'LayerNorm' in n]; seen = {id(p) for p in plain}
    opt = torch.optim.AdamW([dict(params=[p for p in model.parameters() if id(p) not in seen], weight_decay=.05), dict(params=plain, weight_decay=0.)], lr=lr)
    schedule = get_linear_schedule_with_warmup(opt, int(.25 * steps), steps); losses, norms = [], []
    for _ in range(steps):
        loss = model(input_ids=ids, attention_mask=mask, labels=y).loss; loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(model.parameters(), 1.))); losses.append(float(loss)); opt.step(); schedule.step(); opt.zero_grad()
    alone, _ = probabilities(model, rows)
    write('training.json', dict(max_tokens=limit, steps=steps, learning_rate=lr, weight_decay=.05, clip_norm=1., warmup_fraction=.25,
                                texts=[t for t, _ in TRAIN], labels=y.tolist(), losses=losses, norms=norms, probabilities=alone))

def main():
    p = argparse.ArgumentParser(); p.add_argument('--minilm'); p.add_argument('--finetuned'); a = p.parse_args()
    tiny = os.path.join(OUT, 'tiny-bert')
    if a.finetuned:
        rows = [encode(a.finetuned, t, 32) for t in TEXTS]; model = BertForSequenceClassification.from_pretrained(a.finetuned, attn_implementation='eager')
        alone, mixed = probabilities(model, rows)
        write('finetuned.json', dict(max_tokens=32, texts=TEXTS, labels=[model.config.id2label[i] for i in range(model.config.num_labels)], alone=alone, mixed=mixed)); return
    make_tiny(tiny)
    write('tokens.json', dict(texts=TEXTS, minilm={n: [encode(a.minilm, t, n) for t in TEXTS] for n in (8, 128)}, tiny={n: [encode(tiny, t, n) for t in TEXTS] for n in (8, 32)}))
    parity(a.minilm, 'minilm.json', 128, head=True); parity(tiny, 'tiny.json', 64, head=False); training(tiny)
    x = torch.linspace(-6, 6, 49)
    write('activations.json', dict(x=x.tolist(), gelu=torch.nn.functional.gelu(x).tolist(), gelu_new=torch.nn.functional.gelu(x, approximate='tanh').tolist(), relu=torch.relu(x).tolist()))

if __name__ == '__main__':
    main()
