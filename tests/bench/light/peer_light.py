"""PyTorch's side of `go run ./tests/bench/light`: the CNN-BiLSTM-CRF of tests/reference/wikigold.py. It reads one JSON request
a line and answers each with the seconds that it took, a list.

  {"train": [[rows], …]}   a training step on each mini-batch: the seconds of each
  {"tag": [rows]}          the best paths of all these sentences, in batches of one length: one number
  {"score": [rows]}        marginals and the paths' log-probabilities, too

Words and characters are looked up before the clock starts; laying out batches counts, as on our side.
"""
import argparse, json, os, sys, time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'reference'))
import torch
from torch import nn
from torch.nn.functional import pad, relu
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence
import wikigold
from wikigold import PAD, TAGS, UNK

MAX_CHARS = 20  # as ours


class Net(wikigold.Net):
    """The words' states are read from packed sequences, or by two LSTMs from padded ones, which takes less time in training."""
    def __init__(s, vectors, characters, packed):
        super().__init__(vectors, characters); s.packed = packed
        if not packed: del s.lstm; s.ahead, s.back = (nn.LSTM(160, 200, batch_first=True) for _ in range(2))

    def states(s, x, lengths):
        if s.packed:
            packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
            return pad_packed_sequence(s.lstm(packed)[0], batch_first=True)[0]                # [batch, words, 400]
        t = torch.arange(x.shape[1]); reverse = torch.where(t < lengths[:, None], lengths[:, None] - 1 - t, t)[..., None]
        turned = lambda x: x.gather(1, reverse.expand(x.shape))                               # the last word first, padding where it is
        return torch.cat([s.ahead(x)[0], turned(s.back(turned(x))[0])], 2)                    # [batch, words, 400]

    def forward(s, words, chars, lengths):
        b, n, c = chars.shape                                                                 # [batch, words, characters]
        real, e = chars.view(b * n, 1, c) != PAD, s.chars(chars.view(b * n, c)).transpose(1, 2)   # [batch*words, 30, characters]
        pools = [relu(f(pad(e, (0, f.kernel_size[0] - 1)))).masked_fill(~real, 0).amax(2) for f in s.filters]
        x = torch.cat([s.words(words), *(p.view(b, n, -1) for p in pools)], 2)                # [batch, words, 160]
        if s.training: x = x * torch.empty(b, n, 1).bernoulli_(.7)
        return s.out(torch.tanh(s.hidden(s.locked(s.states(s.locked(x), lengths)))))                                       # [batch, words, tags]


class Peer(wikigold.Light):
    def __init__(s, a):
        docs = wikigold.load(a.data)
        super().__init__(a, docs[:wikigold.TRAIN], 1 << 30)
        vectors = s.net.words.weight.data
        s.net, s.batch = Net(vectors, len(s.chars) + wikigold.SPECIAL, a.packed), a.batch
        s.opt = torch.optim.SGD(s.net.parameters(), lr=.015, momentum=.9); s.schedule = torch.optim.lr_scheduler.LambdaLR(s.opt, lambda _: 1.)
        s.docs = [(torch.tensor([s.words.get(w, s.words.get(w.lower(), UNK)) for w in words]), torch.tensor([TAGS.index(t) for t in tags]),
                   [torch.tensor([s.chars.get(x, UNK) for x in w[:MAX_CHARS]]) for w in words]) for words, tags in docs]
        s.docs = [(w, y, pad_sequence(c, batch_first=True)) for w, y, c in s.docs]

    def encode(s, rows):
        docs = [s.docs[i] for i in rows]; lengths = torch.tensor([len(w) for w, _, _ in docs]); n = int(lengths.max())
        chars = torch.zeros(len(docs), n, max(c.shape[1] for _, _, c in docs), dtype=torch.long)
        for i, (_, _, c) in enumerate(docs): chars[i, :c.shape[0], :c.shape[1]] = c
        x = s.net(pad_sequence([w for w, _, _ in docs], batch_first=True), chars, lengths)
        return x, pad_sequence([y for _, y, _ in docs], batch_first=True), torch.arange(n) < lengths[:, None]

    def train(s, batches):
        s.net.train(); out = []
        for rows in batches:
            begun = time.perf_counter(); s.step(rows); out.append(time.perf_counter() - begun)
        return out

    def read(s, rows, scores):
        s.net.eval(); begun, crf = time.perf_counter(), s.net.crf
        order = sorted(rows, key=lambda i: -len(s.docs[i][0])); tags = [None] * len(s.docs)
        for k in range(0, len(order), s.batch):
            part = order[k:k + s.batch]
            with torch.no_grad(): x, _, mask = s.encode(part); path = crf.decode(x, mask)
            for i, p in zip(part, path.tolist()): tags[i] = [TAGS[t] for t in p[:len(s.docs[i][0])]]
            if scores:
                free = x.requires_grad_(); z = crf.log_partition(free, mask); marginals, = torch.autograd.grad(z.sum(), free)
                with torch.no_grad(): (crf.score(x, path, mask) - z).tolist(), marginals.numpy()
        return [time.perf_counter() - begun]


def main():
    p = argparse.ArgumentParser(); p.add_argument('--data', required=True); p.add_argument('--weights', required=True)
    p.add_argument('--threads', type=int, default=2); p.add_argument('--packed', action='store_true'); p.add_argument('--batch', type=int, default=64)
    a = p.parse_args(); a.constant = True
    torch.set_num_threads(a.threads); torch.manual_seed(1); peer = Peer(a)
    for line in sys.stdin:
        r = json.loads(line)
        print(json.dumps(peer.train(r['train']) if 'train' in r else peer.read(r.get('tag') or r['score'], 'score' in r)), flush=True)


if __name__ == '__main__':
    main()
