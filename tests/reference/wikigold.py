"""Trains PyTorch's taggers on WikiGold and prints strict span F1, for comparison with alnb's.

  python -m venv V && V/bin/pip install torch==2.15.0 transformers==5.24.0 seqeval
  V/bin/python tests/reference/wikigold.py --model minilm --data wikigold.conll.txt --weights ~/.cache/alnb/models/sentence-transformers/all-MiniLM-L6-v2
  V/bin/python tests/reference/wikigold.py --model light --data wikigold.conll.txt --weights glove.6B.100d.2604words.txt

The first 1,357 of the 1,696 sentences train, the rest test; IO tags become IOB2.

  minilm   MiniLM under transformers' BertForTokenClassification: mini-batch 16, AdamW, learning rate 5e-5, weight decay 0.01 (not on
           biases and norms), clip 1, warm-up over 10 % then linear to 0, 128 sub-words, 600 steps
  light    CNN-BiLSTM-CRF: GloVe, character embedding 30, filters of width 2 and 3, BiLSTM of 200 a direction, feed-forward 200 tanh,
           word dropout 0.3, locked dropout 0.2; SGD, learning rate 0.015 falling linearly to 0, momentum 0.9, clip 5, mini-batch 32, 50 epochs

Mini-batches are cut from one random permutation after another, so that all are full. It prints a JSON line for each seed.
"""
import argparse, json, math, os, random, sys, time
os.environ.setdefault('HF_HUB_OFFLINE', '1'); os.environ.setdefault('TOKENIZERS_PARALLELISM', 'false')
import torch, torch.nn as nn, torch.nn.functional as F
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from seqeval.metrics import f1_score, precision_score, recall_score

TRAIN, MAX_TOKENS = 1357, 128
TAGS = ['O'] + [f'{p}-{t}' for t in ('LOC', 'MISC', 'ORG', 'PER') for p in 'BI']
PAD, UNK, SPECIAL = 0, 1, 2  # of words and characters

def load(path):
    """Sentences as (words, IOB2 tags)."""
    docs, words, tags = [], [], []
    for line in [*open(path, encoding='utf8'), '\n']:
        if line.strip() and not line.startswith('-DOCSTART-'):
            word, tag = line.split(); words.append(word)
            tags.append(tag if tag == 'O' or (len(words) > 1 and raw == tag) else 'B' + tag[1:]); raw = tag
        elif words: docs.append((words, tags)); words, tags = [], []
    return docs

def batches(n, size, rng):
    order = []
    while True:
        while len(order) < size: order += rng.sample(range(n), n)
        yield order[:size]; order = order[size:]

class MiniLM:
    """A fine-tuned BERT; the first sub-word of a word carries its tag."""
    size, epochs, steps = 16, None, 600

    def __init__(s, a, train, total):
        from transformers import AutoTokenizer, BertForTokenClassification, get_linear_schedule_with_warmup
        s.tok = AutoTokenizer.from_pretrained(a.weights); s.net = BertForTokenClassification.from_pretrained(a.weights, num_labels=len(TAGS))
        plain = lambda n: n.endswith('.bias') or 'LayerNorm' in n
        s.opt = torch.optim.AdamW([dict(params=[p for n, p in s.net.named_parameters() if not plain(n)], weight_decay=.01),
                                   dict(params=[p for n, p in s.net.named_parameters() if plain(n)], weight_decay=0.)], lr=5e-5)
        s.schedule = get_linear_schedule_with_warmup(s.opt, total // 10, total)

    def encode(s, docs):
        e = s.tok([w for w, _ in docs], is_split_into_words=True, truncation=True, max_length=MAX_TOKENS, padding=True, return_tensors='pt')
        first = [[(j, w) for j, w in enumerate(of) if w is not None and of.index(w) == j] for of in map(e.word_ids, range(len(docs)))]
        return e, first

    def step(s, docs):
        e, first = s.encode(docs); y = torch.full_like(e['input_ids'], -100)
        for i, (_, tags) in enumerate(docs):
            for j, w in first[i]: y[i, j] = TAGS.index(tags[w])
        loss = s.net(**e, labels=y).loss; loss.backward(); nn.utils.clip_grad_norm_(s.net.parameters(), 1.)
        s.opt.step(); s.schedule.step(); s.opt.zero_grad(); return loss.item()

    def tag(s, docs):
        e, first = s.encode(docs); best = s.net(**e).logits.argmax(-1).tolist(); out = [['O'] * len(w) for w, _ in docs]
        for i in range(len(docs)):
            for j, w in first[i]: out[i][w] = TAGS[best[i][j]]
        return out

class CRF(nn.Module):
    """A linear chain with scores of the first and the last tag; scores [batch, words, tags], mask [batch, words]."""
    def __init__(s, n):
        super().__init__(); s.start, s.end, s.trans = (nn.Parameter(torch.empty(shape).uniform_(-.1, .1)) for shape in ((n,), (n,), (n, n)))

    def score(s, x, y, mask):
        """Of given tags."""
        last = mask.sum(1) - 1; total = s.start[y[:, 0]] + (x.gather(2, y[..., None])[..., 0] * mask).sum(1)
        return total + (s.trans[y[:, :-1], y[:, 1:]] * mask[:, 1:]).sum(1) + s.end[y.gather(1, last[:, None])[:, 0]]

    def log_partition(s, x, mask):
        a = s.start + x[:, 0]                                                                 # [batch, tags]
        for t in range(1, x.shape[1]):
            a = torch.where(mask[:, t, None], (a[:, :, None] + s.trans).logsumexp(1) + x[:, t], a)
        return (a + s.end).logsumexp(1)

    def decode(s, x, mask):
        a, back, n = s.start + x[:, 0], [], x.shape[2]
        for t in range(1, x.shape[1]):
            best, arg = (a[:, :, None] + s.trans).max(1)
            a = torch.where(mask[:, t, None], best + x[:, t], a); back.append(torch.where(mask[:, t, None], arg, torch.arange(n)))
        path = [(a + s.end).argmax(1)]
        for arg in reversed(back): path.append(arg.gather(1, path[-1][:, None])[:, 0])
        return torch.stack(path[::-1], 1)

class Net(nn.Module):
    def __init__(s, vectors, characters):
        super().__init__()
        s.words = nn.Embedding.from_pretrained(vectors, freeze=False, padding_idx=PAD)
        s.chars = nn.Embedding(characters, 30, padding_idx=PAD); nn.init.uniform_(s.chars.weight, -math.sqrt(3 / 30), math.sqrt(3 / 30)); s.chars.weight.data[PAD] = 0
        s.filters = nn.ModuleList(nn.Conv1d(30, 30, k) for k in (2, 3))
        s.lstm = nn.LSTM(160, 200, batch_first=True, bidirectional=True)
        s.hidden, s.out, s.crf = nn.Linear(400, 200), nn.Linear(200, len(TAGS)), CRF(len(TAGS))
        for m in (*s.filters, s.hidden, s.out): nn.init.xavier_uniform_(m.weight); nn.init.zeros_(m.bias)

    def locked(s, x, p=.2):
        """Dropout with one mask for all words of a document."""
        return x * torch.empty(x.shape[0], 1, x.shape[2]).bernoulli_(1 - p) / (1 - p) if s.training else x

    def forward(s, words, chars, lengths):
        b, n, c = chars.shape                                                                 # [batch, words, characters]
        real, e = chars.view(b * n, 1, c) != PAD, s.chars(chars.view(b * n, c)).transpose(1, 2)   # [batch*words, 30, characters]
        pools = [F.relu(f(F.pad(e, (0, f.kernel_size[0] - 1)))).masked_fill(~real, 0).amax(2) for f in s.filters]  # windows from real characters
        x = torch.cat([s.words(words), *(p.view(b, n, -1) for p in pools)], 2)                # [batch, words, 160]
        if s.training: x = x * torch.empty(b, n, 1).bernoulli_(.7)
        packed = pack_padded_sequence(s.locked(x), lengths, batch_first=True, enforce_sorted=False)
        x, _ = pad_packed_sequence(s.lstm(packed)[0], batch_first=True)                       # [batch, words, 400]
        return s.out(torch.tanh(s.hidden(s.locked(x))))                                       # [batch, words, tags]

class Light:
    size, epochs, steps = 32, 50, None

    def __init__(s, a, train, total):
        rows = [line.rstrip('\n').split(' ') for line in open(a.weights, encoding='utf8') if line.strip()]
        s.words = {r[0]: i + SPECIAL for i, r in enumerate(rows)}; known = torch.tensor([[float(v) for v in r[1:]] for r in rows])
        s.chars = {c: i + SPECIAL for i, c in enumerate(sorted({c for words, _ in train for w in words for c in w}))}
        vectors = torch.zeros(len(rows) + SPECIAL, known.shape[1]); vectors[SPECIAL:] = known; vectors[UNK].uniform_(-math.sqrt(3 / 100), math.sqrt(3 / 100))
        s.net = Net(vectors, len(s.chars) + SPECIAL); s.opt = torch.optim.SGD(s.net.parameters(), lr=.015, momentum=.9)
        s.schedule = torch.optim.lr_scheduler.LambdaLR(s.opt, lambda n: 1. if a.constant else 1 - n / total)

    def encode(s, docs):
        n, c = max(len(w) for w, _ in docs), max(len(x) for w, _ in docs for x in w)
        words, chars, y = torch.zeros(len(docs), n, dtype=torch.long), torch.zeros(len(docs), n, c, dtype=torch.long), torch.zeros(len(docs), n, dtype=torch.long)
        for i, (ws, tags) in enumerate(docs):
            words[i, :len(ws)] = torch.tensor([s.words.get(w, s.words.get(w.lower(), UNK)) for w in ws]); y[i, :len(ws)] = torch.tensor([TAGS.index(t) for t in tags])
            for j, w in enumerate(ws): chars[i, j, :len(w)] = torch.tensor([s.chars.get(x, UNK) for x in w])
        lengths = torch.tensor([len(w) for w, _ in docs])
        return s.net(words, chars, lengths), y, torch.arange(n) < lengths[:, None]

    def step(s, docs):
        x, y, mask = s.encode(docs); loss = (s.net.crf.log_partition(x, mask) - s.net.crf.score(x, y, mask)).mean()
        loss.backward(); nn.utils.clip_grad_norm_(s.net.parameters(), 5.); s.opt.step(); s.schedule.step(); s.opt.zero_grad(); return loss.item()

    def tag(s, docs):
        x, _, mask = s.encode(docs); return [[TAGS[k] for k in path[:len(w)]] for path, (w, _) in zip(s.net.crf.decode(x, mask).tolist(), docs)]

@torch.no_grad()
def evaluate(model, docs, size=64):
    """Documents of one length together."""
    model.net.eval(); order, out = sorted(range(len(docs)), key=lambda i: len(docs[i][0])), [None] * len(docs)
    for k in range(0, len(docs), size):
        part = order[k:k + size]
        for i, tags in zip(part, model.tag([docs[i] for i in part])): out[i] = tags
    return out

def main():
    p = argparse.ArgumentParser(); p.add_argument('--model', choices=['minilm', 'light'], required=True)
    p.add_argument('--data', required=True); p.add_argument('--weights', required=True); p.add_argument('--seeds', type=int, nargs='+', default=[1, 2])
    p.add_argument('--steps', type=int); p.add_argument('--epochs', type=float); p.add_argument('--threads', type=int, default=1)
    p.add_argument('--constant', action='store_true', help='light: keep the learning rate; by default it falls linearly to 0')
    p.add_argument('--test-each', type=int, default=0, help='also report F1 on stderr after every so many steps')
    import transformers; transformers.logging.set_verbosity_error(); transformers.logging.disable_progress_bar()
    a = p.parse_args(); torch.set_num_threads(a.threads)
    docs = load(a.data); train, test = docs[:TRAIN], docs[TRAIN:]; gold = [tags for _, tags in test]
    kind = dict(minilm=MiniLM, light=Light)[a.model]; epochs = a.epochs or kind.epochs
    steps = a.steps or (math.ceil(len(train) / kind.size * epochs) if epochs else kind.steps)
    for seed in a.seeds:
        torch.manual_seed(seed); model = kind(a, train, steps); draw = batches(len(train), kind.size, random.Random(seed)); mean, seconds = 0., 0.
        for n in range(1, steps + 1):
            begun = time.time(); model.net.train(); loss = model.step([train[i] for i in next(draw)]); seconds += time.time() - begun
            mean += (loss - mean) / min(n, 50)
            if n % 50 == 0: print(f'{a.model} seed {seed} step {n}/{steps}: loss {mean:.4f}, {n / seconds:.2f} steps/s', file=sys.stderr, flush=True)
            if a.test_each and n % a.test_each == 0 and n < steps: print(f'  F1 {f1_score(gold, evaluate(model, test)):.4f}', file=sys.stderr, flush=True)
        begun = time.time(); got = evaluate(model, test)
        print(json.dumps(dict(model=a.model, seed=seed, steps=steps, threads=a.threads, seconds=round(seconds, 1), test_seconds=round(time.time() - begun, 1),
                              precision=round(precision_score(gold, got), 4), recall=round(recall_score(gold, got), 4), f1=round(f1_score(gold, got), 4))), flush=True)

if __name__ == '__main__':
    main()
