"""Writes alnb/internal/nn/testdata/light.json: a tiny random CNN-BiLSTM-CRF and what PyTorch computes for it, written here
independently of the Go code (torch.nn.LSTM on packed sequences, torch.nn.Conv1d, a CRF with explicit loops): emissions,
loss and gradients of the tagger, the CRF's marginals, best paths and their log-probabilities, logits, loss and gradients
of the classifier. Every row is also computed by itself: padding must not matter.

  python -m venv V && V/bin/pip install torch==2.15.0
  V/bin/python tests/reference/make_light.py
"""
import itertools, json, os
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'alnb', 'internal', 'nn', 'testdata', 'light.json')
WORDS, WORD_SIZE, CHARS, CHAR_SIZE, FILTERS, WIDTHS, HIDDEN, FEED_FORWARD, TAGS, CLASSES = 20, 6, 15, 4, 3, (2, 3), 5, 7, 4, 3
LENGTHS = (9, 1, 4, 2, 7, 5)


class CharCNN(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = nn.Embedding(CHARS, CHAR_SIZE)
        self.convolutions = nn.ModuleDict({str(w): nn.Conv1d(CHAR_SIZE, FILTERS, w) for w in WIDTHS})

    def word(self, chars):  # a list of character ids, perhaps empty
        x = self.embeddings(torch.tensor(chars, dtype=torch.long)) if chars else torch.zeros(1, CHAR_SIZE)
        parts = []
        for w in WIDTHS:
            padded = torch.cat([x, torch.zeros(w - 1, CHAR_SIZE)])
            parts.append(torch.relu(self.convolutions[str(w)](padded.T[None])).amax(-1)[0])
        return torch.cat(parts)


class Model(nn.Module):
    def __init__(self, outputs):
        super().__init__()
        self.words, self.chars = nn.Embedding(WORDS, WORD_SIZE), CharCNN()
        self.lstm = nn.LSTM(WORD_SIZE + FILTERS * len(WIDTHS), HIDDEN, batch_first=True, bidirectional=True)
        self.feed_forward, self.output = nn.Linear(2 * HIDDEN, FEED_FORWARD), nn.Linear(FEED_FORWARD, outputs)
        self.start, self.end, self.transitions = nn.Parameter(torch.zeros(outputs)), nn.Parameter(torch.zeros(outputs)), nn.Parameter(torch.zeros(outputs, outputs))

    def states(self, rows):
        features = [torch.stack([torch.cat([self.words(torch.tensor(w)), self.chars.word(c)]) for w, c in row]) for row in rows]
        x = nn.utils.rnn.pad_sequence(features, batch_first=True)
        lengths = torch.tensor([len(r) for r in rows])
        packed, _ = self.lstm(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
        return pad_packed_sequence(packed, batch_first=True)[0], lengths

    def head(self, x): return self.output(torch.tanh(self.feed_forward(x)))

    def tag(self, rows):
        h, lengths = self.states(rows)
        return [self.head(h[i, :n]) for i, n in enumerate(lengths)]

    def classify(self, rows):
        h, lengths = self.states(rows)
        return torch.stack([self.head(h[i, :n].max(0).values) for i, n in enumerate(lengths)])

    def score(self, emissions, tags):
        total = self.start[tags[0]] + self.end[tags[-1]] + sum(emissions[t, y] for t, y in enumerate(tags))
        return total + sum(self.transitions[a, b] for a, b in zip(tags, tags[1:]))

    def log_z(self, emissions):
        alpha = self.start + emissions[0]
        for e in emissions[1:]: alpha = torch.stack([torch.logsumexp(alpha + self.transitions[:, k], 0) + e[k] for k in range(len(e))])
        return torch.logsumexp(alpha + self.end, 0)

    def nll(self, emissions, targets):  # targets: distributions; the expected loss of independent tags
        expected = self.start @ targets[0] + self.end @ targets[-1] + (emissions * targets).sum()
        for a, b in zip(targets, targets[1:]): expected = expected + a @ self.transitions @ b
        return self.log_z(emissions) - expected

    def viterbi(self, emissions):
        best, back = self.start + emissions[0], []
        for e in emissions[1:]:
            values, pointers = (best[:, None] + self.transitions).max(0)
            best, back = values + e, back + [pointers]
        path = [int((best + self.end).argmax())]
        for pointers in reversed(back): path.append(int(pointers[path[-1]]))
        return path[::-1]


GO_NAMES = {'words.weight': 'word_embeddings.weight', 'chars.embeddings.weight': 'char_embeddings.weight', 'start': 'crf.start_transitions',
            'end': 'crf.end_transitions', 'transitions': 'crf.transitions'}

def go_name(name): return GO_NAMES.get(name) or name.replace('chars.convolutions.', 'char_convolutions.')

def copied(weights, outputs):
    model = Model(outputs)
    with torch.no_grad():
        for n, p in model.named_parameters(): p.copy_(weights[n] if n in weights else 0)
    return model

def gradients(model, loss):
    model.zero_grad(); loss.backward()
    return {go_name(n): p.grad.flatten().tolist() for n, p in model.named_parameters() if p.grad is not None}

def drawn(outputs):
    model = Model(outputs)
    return {n: torch.round(torch.randn_like(p) * (.8 if p.dim() == 1 or n == 'transitions' else .6) * 1e4) / 1e4 for n, p in model.named_parameters()}

def main():
    torch.manual_seed(3)
    lengths_of_words = itertools.cycle((3, 1, 8, 2, 5, 0, 4, 1, 6))
    rows = [[(int(torch.randint(WORDS, ())), torch.randint(CHARS, (next(lengths_of_words),)).tolist()) for _ in range(n)] for n in LENGTHS]
    rows[0][2] = (rows[0][2][0], [7, 7, 7, 7, 7, 7])  # equal windows
    weights = drawn(TAGS)
    tagger = copied(weights, TAGS)
    document_weights = [1., .5, 2., 0., 1., .25]
    gold = [torch.nn.functional.one_hot(torch.randint(TAGS, (n,)), TAGS).float() for n in LENGTHS]
    soft = [torch.round(torch.softmax(2 * torch.randn(n, TAGS), -1) * 1e4) / 1e4 for n in LENGTHS]
    emissions = tagger.tag(rows)
    for i, row in enumerate(rows): assert (tagger.tag([row])[0] - emissions[i]).abs().max() < 1e-5
    tagging = dict(emissions=[e.tolist() for e in emissions], viterbi=[tagger.viterbi(e) for e in emissions])
    tagging['log_probability'] = [(tagger.score(e, y) - tagger.log_z(e)).item() for e, y in zip(emissions, tagging['viterbi'])]
    marginals = []
    for e in emissions: free = e.detach().requires_grad_(); marginals.append(torch.autograd.grad(tagger.log_z(free), free)[0].tolist())
    tagging['marginals'] = marginals
    for name, targets in dict(gold=gold, soft=soft).items():
        loss = sum(w * tagger.nll(e, t) for w, e, t in zip(document_weights, tagger.tag(rows), targets)) / sum(document_weights)
        tagging[name] = dict(targets=[t.tolist() for t in targets], loss=loss.item(), gradients=gradients(tagger, loss))
    heads = {n: w for n, w in drawn(CLASSES).items() if n.startswith('output')}
    classifier = copied({**{n: w for n, w in weights.items() if n not in ('start', 'end', 'transitions')}, **heads}, CLASSES)
    logits = classifier.classify(rows)
    for i, row in enumerate(rows): assert (classifier.classify([row])[0] - logits[i]).abs().max() < 1e-5
    targets = torch.nn.functional.one_hot(torch.arange(len(rows)) % CLASSES, CLASSES).float()
    losses = -(targets * torch.log_softmax(logits, -1)).sum(-1)
    loss = (losses * torch.tensor(document_weights)).sum() / sum(document_weights)
    classification = dict(logits=logits.tolist(), targets=targets.tolist(), loss=loss.item(), gradients=gradients(classifier, loss),
                          weights={go_name(n): w.flatten().tolist() for n, w in heads.items()})
    short = lambda x: [short(v) for v in x] if isinstance(x, list) else {k: short(v) for k, v in x.items()} if isinstance(x, dict) else float(f'{x:.7g}') if isinstance(x, float) else x
    with open(OUT, 'w', encoding='utf8') as f:
        json.dump(short(dict(
            made_by='tests/reference/make_light.py', torch=torch.__version__, tags=TAGS, classes=CLASSES,
            model=dict(Words=WORDS, WordSize=WORD_SIZE, Chars=CHARS, CharSize=CHAR_SIZE, CharFilters=FILTERS, Widths=list(WIDTHS), Hidden=HIDDEN, FeedForward=FEED_FORWARD),
            words=[[w for w, _ in row] for row in rows], chars=[[c for _, c in row] for row in rows], document_weights=document_weights,
            weights={go_name(n): w.flatten().tolist() for n, w in weights.items()}, tagging=tagging, classification=classification)), f, separators=(',', ':'))
        f.write('\n')

if __name__ == '__main__':
    main()
