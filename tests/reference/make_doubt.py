"""Writes alnb/doubt/testdata/reference.json: labels and probabilities, with what confident learning gives for them, in NumPy
from the formulas of Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 2021.
The Go tests compare with it.

  python -m venv V && V/bin/pip install numpy
  V/bin/python tests/reference/make_doubt.py

With cleanlab beside it (V/bin/pip install cleanlab), --check compares with that instead. Of cleanlab 2.9.0, thresholds, counts,
suspects and both confidences are the same, but where classes tie, of which it takes the first whatever is given, and where a
class has no documents, of which it counts one. Its joint is made of whole documents, so other entries are off by less than one.
"""
import json, os, sys
import numpy as np

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'alnb', 'doubt', 'testdata', 'reference.json')
SLACK = 1e-9 # what a threshold may be above a probability that reaches it

def thresholds(y, p): return np.array([p[y == j, j].mean() if (y == j).any() else 2. for j in range(p.shape[1])])

def confident(y, p, t):
    """the class that is the likeliest of those above their threshold, the given one among equals; -1 where there is none"""
    above = np.where(p >= t - SLACK, p, -1.); best = above.max(1); n = np.arange(len(y))
    return np.where(best < 0, -1, np.where(above[n, y] == best, y, above.argmax(1)))

def joint(y, p):
    k = p.shape[1]; found = confident(y, p, thresholds(y, p)); counts = np.zeros((k, k), int)
    np.add.at(counts, (y[found >= 0], found[found >= 0]), 1)
    rows = np.maximum(counts.sum(1, keepdims=True), 1)
    scaled = counts / rows * np.bincount(y, minlength=k)[:, None]
    return counts, scaled / scaled.sum(), found

def doubts(y, p):
    n = np.arange(len(y)); others = p.copy(); others[n, y] = 0.
    return dict(margin=(1 + others.max(1) - p[n, y]) / 2, self_confidence=1 - p[n, y])

def ranked(y, found, doubt):
    at = np.flatnonzero((found >= 0) & (found != y)); at = at[np.argsort(-doubt[at], kind='stable')]
    return [[int(i), int(y[i]), int(found[i]), float(doubt[i])] for i in at]

def noisy(r, n, k, wrong, sharp, shares=None):
    """labels of which a share is wrong, and probabilities of a model that mostly knows the right ones"""
    true = r.choice(k, n, p=shares); y = np.where(r.random(n) < wrong, (true + r.integers(1, max(k, 2), n)) % k, true)
    logits = r.normal(0, 1, (n, k)); logits[np.arange(n), true] += sharp; p = np.exp(logits)
    return y, p / p.sum(1, keepdims=True)

def cases(r):
    eighths = r.multinomial(8, [.25] * 4, 60) / 8 # many ties
    missing_y, missing_p = noisy(r, 80, 5, .2, 2.); missing_y[missing_y == 3] = 1
    return [('three classes', *noisy(r, 150, 3, .1, 3.)), ('two classes', *noisy(r, 120, 2, .2, 2.)),
            ('seven classes, one rare', *noisy(r, 300, 7, .15, 2.5, [.3, .2, .2, .1, .1, .08, .02])),
            ('a model that knows little', *noisy(r, 100, 4, .3, .3)), ('ties', r.integers(0, 4, 60), eighths),
            ('a class without documents', missing_y, missing_p), ('all the same', r.integers(0, 3, 50), np.full((50, 3), 1 / 3)),
            ('one class', np.zeros(10, int), np.ones((10, 1))), ('one label given', np.zeros(30, int), noisy(r, 30, 3, 0., 1.)[1]),
            ('one document', np.array([1]), np.array([[.75, .25]]))]

def tagged(r):
    """documents of words; the model doesn't see the last words of some"""
    y, p = noisy(r, 160, 5, .1, 2.5, [.6, .1, .1, .1, .1]); lengths = [int(n) for n in r.integers(0, 9, 30)]
    docs, at = [], 0
    for i, n in enumerate(lengths):
        seen = max(0, n - 2) if i % 7 == 3 else n; docs.append((np.arange(at, at + n), seen)); at += n
    use = np.concatenate([d[:seen] for d, seen in docs]); _, _, found = joint(y[use], p[use])
    out = dict(tags=[y[d].tolist() for d, _ in docs], probabilities=[[p[w].tolist() if i < seen else None for i, w in enumerate(d)] for d, seen in docs])
    for rank, doubt in doubts(y[use], p[use]).items():
        found_in, start = [], 0
        for i, (d, seen) in enumerate(docs):
            part = slice(start, start + seen); start += seen
            words = ranked(y[use][part], found[part], doubt[part])
            if words: found_in.append([i, words[0][3], words])
        out[rank] = sorted(found_in, key=lambda d: -d[1])
    return out

def check(all):
    import cleanlab
    from cleanlab.count import compute_confident_joint, estimate_joint, get_confident_thresholds
    from cleanlab.rank import get_label_quality_scores
    print('cleanlab', cleanlab.__version__)
    for name, y, p in all:
        k = p.shape[1]
        if k < 2 or len(set(y.tolist())) < 2: print(f'{name}: not for cleanlab'); continue
        t, (counts, shares, found) = thresholds(y, p), joint(y, p)
        theirs = np.ravel(get_confident_thresholds(y, p)); given = np.unique(y)
        c, off = compute_confident_joint(y, p, calibrate=False, return_indices_of_off_diagonals=True)
        mine = counts.copy(); mine[given, given] = np.maximum(mine[given, given], 1) # cleanlab has at least 1 there
        q = estimate_joint(y, p, confident_joint=c)
        suspects = set(np.flatnonzero((found >= 0) & (found != y)).tolist())
        quality = {m: get_label_quality_scores(y, p, method=m) for m in ('normalized_margin', 'self_confidence')}; d = doubts(y, p)
        print(f'{name}: thresholds {np.abs(theirs[given] - t[given]).max():.1e}, counts off by {np.abs(np.asarray(c) - mine).sum()}, joint {np.abs(q - shares).max():.1e},',
              f'suspects {len(suspects)}, in one alone {sorted(suspects ^ set(map(int, off)))},',
              f'margin {np.abs(1 - quality["normalized_margin"] - d["margin"]).max():.1e}, self-confidence {np.abs(1 - quality["self_confidence"] - d["self_confidence"]).max():.1e}')

def main():
    r = np.random.default_rng(5); all = cases(r)
    if sys.argv[1:] == ['--check']: return check(all)
    written = []
    for name, y, p in all:
        counts, shares, found = joint(y, p)
        written.append(dict(name=name, labels=y.tolist(), probabilities=p.tolist(), thresholds=thresholds(y, p).tolist(), counts=counts.tolist(), shares=shares.tolist(),
                            **{rank: ranked(y, found, doubt) for rank, doubt in doubts(y, p).items()}))
    what = dict(made_by='tests/reference/make_doubt.py', source=f'NumPy {np.__version__}, Northcutt, Jiang and Chuang 2021', cases=written, tagged=tagged(r))
    os.makedirs(os.path.dirname(OUT), exist_ok=True)
    with open(OUT, 'w', encoding='utf8') as f:
        f.write('{' + ',\n'.join(f'"{k}": ' + json.dumps(v, separators=(',', ':'), allow_nan=False) for k, v in what.items()) + '}\n')
    print(os.path.getsize(OUT), 'bytes')

if __name__ == '__main__':
    main()
