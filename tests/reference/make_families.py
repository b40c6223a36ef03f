"""Writes alnb/model/testdata/families: tiny random models of four families for two tasks with what Python's transformers
and PyTorch give for them. The Go tests compare with it.

  python -m venv V && V/bin/pip install torch==2.15.0 transformers==5.24.0 tokenizers safetensors
  V/bin/python tests/reference/make_families.py

  FAMILY-TASK/                        bert, distilbert, electra, xlnet - classification, tagging: config.json, model.safetensors,
                                      tokenizer.json, tokenizer_config.json
  FAMILY-TASK/gradients.safetensors   the gradient of the mean loss over one mixed batch, by weight, dropout off; zeros where
                                      PyTorch has none
  FAMILY-TASK/reference.json          probabilities, each document `alone` and all in one padded batch (`mixed`); `losses` at each
                                      of 10 steps of AdamW on that batch, and the probabilities after them (`trained`)

Tagging: `words` and `labels` have an entry a word, probabilities are those of a word's first sub-word, null where it has none
or lies past the cut, and the loss is the mean over all other words of the batch. `ids` are the sub-words with special tokens,
`word_ids` the words they belong to. Sub-words beyond 48 are cut. XLNet's batch is padded at the left, and the model is
given token types (2 for <cls>), which transformers 5's XLNetTokenizer gives only where asked for.
"""
import json, math, os, re, shutil
from collections import Counter
os.environ.setdefault('HF_HUB_OFFLINE', '1')
import torch, transformers
from safetensors.torch import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from transformers import (AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer, BertConfig,
                          DistilBertConfig, ElectraConfig, XLNetConfig, get_linear_schedule_with_warmup)
from make_fixtures import CLASSES, TEXTS

HERE = os.path.dirname(os.path.abspath(__file__))
TESTDATA = os.path.join(HERE, '..', '..', 'alnb', 'model', 'testdata')
LIMIT, STEPS, RATE, DECAY, CLIP, WARMUP, VOCABULARY = 48, 10, 1e-3, .05, 1., .2, 145
TAGS = ['O', 'B-LOC', 'I-LOC', 'B-PER', 'I-PER']
SPECIAL = '<unk> <s> </s> <cls> <sep> <pad> <mask> <eod> <eop>'.split()
WORDS = [                                                       # the underlined words of a document are its spans, see tags
    'The ferry to the _islands leaves at six , unless _Harbour _Master says otherwise .',
    '_Goalkeeper saves two penalties', 'short', '?', '😀', '_東京タワー は 赤い 。', '_Москва и _Санкт-Петербург : поезд идёт',
    'naïve _Ångström coöperate İstanbul ﬁne e\u0301 ½ \u200b after \u0301 nothing', '\u200b', '[SEP] <sep> [MASK] <mask> [PAD] <pad> it\'s',
    'zero\u200bwidth soft\u00adhyphen \u202eabc\u202c 👩‍👩‍👧‍👦 🏳️‍🌈 𝕞𝕒𝕥𝕙 `` quoted \'\' 1,234.5 €12 ™',
    'supercalifragilisticexpialidocious _antidisestablishmentarianism fox dog', 'fox ' + 'x' * 120 + ' dog',
    ' '.join(['The quick _brown fox jumps over the lazy dog .'] * 4),
]

def tags(words):
    """The words without their underlines, and IOB2 tags: runs of underlined words are LOC and PER in turn."""
    out, inside, spans = [], False, 0
    for w in words:
        marked = w[0] == '_' and len(w) > 1
        spans += marked and not inside
        out.append(TAGS.index(('I-' if inside else 'B-') + ('LOC', 'PER')[spans % 2]) if marked else 0); inside = marked
    return [w[1:] if w[0] == '_' and len(w) > 1 else w for w in words], out

def wordpiece(folder):
    """tiny-bert's tokenizer with letters and digits and the sub-words most used here."""
    tiny = os.path.join(TESTDATA, 'tiny-bert'); os.makedirs(folder)
    spec = json.load(open(os.path.join(tiny, 'tokenizer.json'))); spec['padding'] = spec['truncation'] = None
    vocabulary, used = spec['model']['vocab'], Counter(Tokenizer.from_str(json.dumps(spec)).encode(' '.join(TEXTS + WORDS)).tokens)
    first = lambda w: (vocabulary[w] > 4 and not re.fullmatch('(##)?[a-z0-9]', w), -used[w], vocabulary[w])
    kept = sorted(sorted(vocabulary, key=first)[:VOCABULARY], key=vocabulary.get)
    spec['model']['vocab'] = {w: i for i, w in enumerate(kept)}
    json.dump(spec, open(os.path.join(folder, 'tokenizer.json'), 'w'))
    shutil.copy(os.path.join(tiny, 'tokenizer_config.json'), folder)
    AutoTokenizer.from_pretrained(folder).save_pretrained(folder)

def unigram(folder):
    """A tokenizer in XLNet's form (XLNetConverter in transformers/convert_slow_tokenizer.py) of the most common letters and
    pieces of words, counted here: UnigramTrainer gives another vocabulary at every run."""
    words = {'▁' + w.strip('_') for w in ' '.join(TEXTS + WORDS).split()}
    count = lambda least, most: Counter(w[i:i + n] for w in words for n in range(least, most + 1) for i in range(len(w) - n + 1))
    best = lambda c, n: sorted(c, key=lambda p: (-c[p] * len(p), p))[:n]
    letters, pieces = count(1, 1), Counter({p: n for p, n in count(2, 6).items() if '▁' not in p[1:] and p.isascii() | (p[0] == '▁')})
    chosen = best(letters, 70); chosen += best(pieces, VOCABULARY - len(SPECIAL) - len(chosen))
    scores = [(p, math.log((letters + pieces)[p] * len(p) ** 3 / 1e5) - i * 1e-3) for i, p in enumerate(chosen)]
    tok = Tokenizer(models.Unigram([(s, 0.) for s in SPECIAL] + scores, unk_id=0, byte_fallback=False))
    tok.normalizer = normalizers.Sequence([normalizers.Replace('``', '"'), normalizers.Replace("''", '"'), normalizers.NFKD(),
                                           normalizers.StripAccents(), normalizers.Replace(Regex(' {2,}'), ' ')])
    tok.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()]); tok.decoder = decoders.Metaspace()
    special = [AddedToken(s, lstrip=s == '<mask>', normalized=False, special=True) for s in SPECIAL]
    tok.add_special_tokens(special)
    tok.post_processor = processors.TemplateProcessing(single='$A:0 <sep>:0 <cls>:2', pair='$A:0 <sep>:0 $B:1 <sep>:1 <cls>:2',
                                                       special_tokens=[(s, SPECIAL.index(s)) for s in ('<sep>', '<cls>')])
    os.makedirs(folder); path = os.path.join(folder, 'tokenizer.json'); tok.save(path)
    json.dump(dict(tokenizer_class='XLNetTokenizer', model_max_length=64), open(os.path.join(folder, 'tokenizer_config.json'), 'w'))
    AutoTokenizer.from_pretrained(folder).save_pretrained(folder)
    tok.save(path)                                              # transformers' own leaves out the spaces' normalizer

def config(family, vocabulary, **more):
    common = dict(vocab_size=vocabulary, max_position_embeddings=64, initializer_range=.2, **more)
    shape = dict(hidden_size=16, num_hidden_layers=3, num_attention_heads=4, intermediate_size=24)
    if family == 'bert': return BertConfig(**common, **shape)
    if family == 'distilbert': return DistilBertConfig(**common, dim=16, n_layers=3, n_heads=4, hidden_dim=24)
    if family == 'electra': return ElectraConfig(**common, **shape, embedding_size=12)
    del common['max_position_embeddings']
    return XLNetConfig(**common, d_model=16, n_layer=3, n_head=4, d_inner=24)

def encode(tokenizer, family, rows, tagging):
    e = tokenizer(rows, is_split_into_words=tagging, truncation=True, max_length=LIMIT, padding=True, return_tensors='pt')
    return dict(e), [e.word_ids(i) for i in range(len(rows))]

def digits(x): return [digits(y) for y in x] if isinstance(x, list) else x and round(x, 7)

@torch.inference_mode()
def probabilities(model, inputs, word_ids, rows, tagging):
    p = model.eval()(**inputs).logits.softmax(-1).tolist()
    if not tagging: return digits(p)
    return digits([[q[of.index(w)] if w in of else None for w in range(len(row))] for q, of, row in zip(p, word_ids, rows)])

def make(seed, family, tagging):
    folder = os.path.join(TESTDATA, 'families', f'{family}-{"tagging" if tagging else "classification"}')
    shutil.rmtree(folder, ignore_errors=True); (unigram if family == 'xlnet' else wordpiece)(folder)
    if family == 'xlnet' and not tagging:                       # without it transformers 5 passes no token types; the tagger shows that
        path = os.path.join(folder, 'tokenizer_config.json'); c = json.load(open(path))
        json.dump(dict(c, model_input_names=['input_ids', 'token_type_ids', 'attention_mask']), open(path, 'w'), indent=1)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    if tagging: rows, labels = map(list, zip(*[tags(d.split(' ')) for d in WORDS]))
    else: rows = TEXTS + ['<cls> <mask> <sep> a<mask>b <pad>']; labels = [i % CLASSES for i in range(len(rows))]
    names = dict(enumerate(TAGS)) if tagging else {i: f'LABEL_{i}' for i in range(CLASSES)}
    torch.manual_seed(seed)
    kind = AutoModelForTokenClassification if tagging else AutoModelForSequenceClassification
    model = kind.from_config(config(family, len(tokenizer), id2label=names, label2id={n: i for i, n in names.items()}), attn_implementation='eager')
    for p in model.parameters():                                # biases and norms away from 0 and 1, so that mistakes show
        if p.dim() == 1: p.data += .1 * torch.randn_like(p)
    model.save_pretrained(folder)
    one = [encode(tokenizer, family, [r], tagging) for r in rows]
    alone = [probabilities(model, inputs, of, [r], tagging)[0] for (inputs, of), r in zip(one, rows)]
    inputs, of = encode(tokenizer, family, rows, tagging)
    mixed = probabilities(model, inputs, of, rows, tagging)     # eval() from here: no dropout, in the steps neither
    y = torch.tensor(labels) if not tagging else torch.tensor(
        [[labels[i][w] if w is not None and ws.index(w) == j else -100 for j, w in enumerate(ws)] for i, ws in enumerate(of)])
    model(**inputs, labels=y).loss.backward()
    save_file({n: (torch.zeros_like(p) if p.grad is None else p.grad).contiguous() for n, p in model.named_parameters()},
              os.path.join(folder, 'gradients.safetensors')); model.zero_grad()
    plain = lambda n: 'bias' in n or 'LayerNorm' in n or 'layer_norm' in n
    opt = torch.optim.AdamW([dict(params=[p for n, p in model.named_parameters() if not plain(n)], weight_decay=DECAY),
                             dict(params=[p for n, p in model.named_parameters() if plain(n)], weight_decay=0.)], lr=RATE)
    schedule = get_linear_schedule_with_warmup(opt, int(WARMUP * STEPS), STEPS); losses, norms = [], []
    for _ in range(STEPS):
        loss = model(**inputs, labels=y).loss; loss.backward(); losses.append(loss.item())
        norms.append(torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP).item()); opt.step(); schedule.step(); opt.zero_grad()
    trained = probabilities(model, inputs, of, rows, tagging)
    what = dict(made_by='tests/reference/make_families.py', torch=torch.__version__, transformers=transformers.__version__, max_tokens=LIMIT,
                **({'words': rows} if tagging else {'texts': rows}), labels=labels, classes=list(names.values()),
                ids=[x['input_ids'][0].tolist() for x, _ in one], **({'word_ids': [w[0] for _, w in one]} if tagging else {}),
                alone=alone, mixed=mixed, steps=STEPS, learning_rate=RATE, weight_decay=DECAY, clip_norm=CLIP, warmup_fraction=WARMUP,
                no_decay="'bias' in name or 'LayerNorm' in name or 'layer_norm' in name; without a gradient: not touched",
                untouched=[n for n, p in model.named_parameters() if p.grad is None and p not in opt.state],
                losses=losses, norms=norms, trained=trained)
    with open(os.path.join(folder, 'reference.json'), 'w', encoding='utf8') as f:
        f.write('{' + ',\n'.join(f'"{k}": ' + json.dumps(v, separators=(',', ':')) for k, v in what.items()) + '}\n')
    for name in ('model.safetensors', 'gradients.safetensors'): os.chmod(os.path.join(folder, name), 0o644)

def main():
    transformers.logging.set_verbosity_error(); transformers.logging.disable_progress_bar()
    shutil.rmtree(os.path.join(TESTDATA, 'families'), ignore_errors=True)
    for seed, family in enumerate(('bert', 'distilbert', 'electra', 'xlnet')):
        for tagging in (False, True): make(seed, family, tagging)

if __name__ == '__main__':
    main()
