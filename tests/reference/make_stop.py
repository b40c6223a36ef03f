"""Writes alnb/stop/testdata/reference.json: predictions of consecutive models, with what small-text's stopping criteria say
after each of them. The Go tests compare with it.

  python -m venv V && V/bin/pip install numpy scikit-learn small-text==1.4.1
  V/bin/python tests/reference/make_stop.py

small-text 1.4.1 imports transformers, and needs 4.48 (put it in PYTHONPATH where another is installed). After each round
there is [value, stop]: value is what is compared with the threshold, null where the history is too short or the formula is
0/0; stop is small-text's. Where small-text can't be asked, these are plain NumPy's or scikit-learn's:

  left out    a prediction below 0 doesn't count: each pair of rounds is compared by a criterion of its own, on what counts
  delta_f     of other than two classes: 1 - scikit-learn's f1_score, micro average over the positive classes
  empty       small-text refuses an empty stop set; [null, false]
Kappa of two models that give everything the same class is 0/0; small-text takes it for 1, value is null all the same.
"""
import json, os, warnings
warnings.filterwarnings('ignore')
import numpy as np, scipy, sklearn, small_text
from sklearn.metrics import f1_score
from small_text import ClassificationChange, DeltaFScore, KappaAverage, OverallUncertainty

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'alnb', 'stop', 'testdata', 'reference.json')
WINDOWS = [1, 3]
KAPPAS, CHANGES, DELTAS, ENTROPIES = [.99, .8], [0., .1], [.05, .2], [.05, .4]

def settling(r, classes, n, rounds, first=.6, by=.5, p=None):
    """predictions of which ever fewer change, at last none"""
    rows = [r.choice(classes, n, p=p)]
    for i in range(1, rounds):
        row, change = rows[-1].copy(), r.random(n) < first * by ** i if i < rounds - 4 else np.zeros(n, bool)
        row[change] = r.choice(classes, change.sum(), p=p); rows.append(row)
    return rows

def pair(before, after): # what both models predict
    keep = (before >= 0) & (after >= 0); return before[keep], after[keep]

def undefined(before, after): return len(np.union1d(before, after)) == 1

def windowed(pairs, window, value, of, stops):
    """[value, stop] after each round; value of the values of the last `window` pairs, which are None where there is none"""
    each, out = [], [[None, False]]
    for b, a in pairs:
        each.append(value(b, a) if len(b) else None); last = each[-window:]
        known = len(last) == window and None not in last
        out.append([float(of(last)), bool(stops(of(last)))] if known else [None, False])
    return out

def asked(criterion, rows):
    """whether small-text stops after each round; None where it refuses"""
    try: return [bool(criterion.stop(predictions=row)) for row in rows]
    except ValueError as refusal: print('small-text refuses:', refusal); return None

def one_pair(criterion, b, a, history): # the one value that small-text has of a pair
    criterion.stop(predictions=b); criterion.stop(predictions=a); return getattr(criterion, history)[-1]

def kappa(case, classes, window, threshold):
    value = lambda b, a: None if undefined(b, a) else one_pair(KappaAverage(classes, window_size=1), b, a, 'kappa_history')
    out = windowed(case['pairs'], window, value, np.mean, lambda v: v >= threshold)
    return merged(out, case, lambda: KappaAverage(classes, window_size=window, kappa=threshold))

def delta_f(case, classes, window, threshold, positive):
    if classes == 2 and positive == [1]:
        def value(b, a):
            v = one_pair(DeltaFScore(2, window_size=1), b, a, 'delta_history'); return v if np.isfinite(v) else None
        out = windowed(case['pairs'], window, value, np.max, lambda v: v < threshold)
        return merged(out, case, lambda: DeltaFScore(2, window_size=window, threshold=threshold))
    labels = positive or list(range(classes))
    value = lambda b, a: 1 - f1_score(b, a, labels=labels, average='micro') if np.isin(b, labels).any() or np.isin(a, labels).any() else None
    return windowed(case['pairs'], window, value, np.max, lambda v: v < threshold)

def change(case, classes, threshold):
    out = windowed(case['pairs'], 1, lambda b, a: np.mean(b != a), np.mean, lambda v: v <= threshold)
    return merged(out, case, lambda: ClassificationChange(classes, threshold=threshold))

def merged(out, case, criterion):
    """the values with small-text's stops, where it sees the predictions as they are"""
    if case['left_out']: return out
    stops = asked(criterion(), case['rows'])
    return out if stops is None else [[v, s] for (v, _), s in zip(out, stops)]

def uncertainty(pools, classes, threshold):
    out = []
    for p in pools:
        entropy = scipy.stats.entropy(p, axis=1).mean() / np.log(classes) if classes > 1 else None
        stop = OverallUncertainty(classes, threshold=threshold).stop(proba=p, indices_stopping=np.arange(len(p)))
        out.append([None if entropy is None else float(entropy), bool(stop)])
    return out

def main():
    r = np.random.default_rng(11)
    flat = lambda n, c: np.full(n, c)
    left_out = settling(r, 4, 60, 9)
    for i, row in enumerate(left_out[1:], 1): row[r.permutation(60)[:4 * i]] = -1
    nothing_left = settling(r, 3, 12, 3); nothing_left[1][:6] = -1; nothing_left[2][6:] = -1
    cases = [
        ('many classes', 5, settling(r, 5, 80, 12), [[], [1, 3]]),
        ('many classes, one frequent', 4, settling(r, 4, 200, 10, p=[.85, .05, .05, .05]), [[], [1, 2, 3]]),
        ('two classes', 2, settling(r, 2, 90, 11), [[1], [0], []]),
        ('two classes, one rare', 2, settling(r, 2, 300, 10, p=[.95, .05]), [[1]]),
        ('no agreement', 3, [r.integers(0, 3, 40) for _ in range(6)], [[]]),
        ('less agreement than by chance', 2, [np.arange(20) % 2 ^ i % 2 for i in range(5)], [[1]]),
        ('one class only', 1, [flat(30, 0)] * 5, [[]]),
        ('one class predicted', 3, [flat(30, 2)] * 5, [[], [2], [0, 1]]),
        ('kappa undefined at first', 3, [flat(25, 1)] * 3 + settling(r, 3, 25, 9), [[]]),
        ('from one class to another', 2, [flat(10, i % 2) for i in range(5)], [[1]]),
        ('nothing positive', 2, [flat(20, 0)] * 4 + settling(r, 2, 20, 8), [[1]]),
        ('empty stop set', 2, [np.zeros(0, int)] * 5, [[1]]),
        ('one round', 3, settling(r, 3, 10, 1), [[]]),
        ('two rounds only', 2, [np.arange(10) % 2] * 2, [[1]]),
        ('left out', 4, left_out, [[], [0]]),
        ('nothing in both', 3, nothing_left, [[]]),
    ]
    written = []
    for name, classes, rows, positives in cases:
        case = dict(rows=rows, left_out=any((row < 0).any() for row in rows), pairs=[pair(b, a) for b, a in zip(rows, rows[1:])])
        written.append(dict(name=name, classes=classes, predicted=[row.tolist() for row in rows],
            kappa=[dict(window=w, threshold=t, rounds=kappa(case, classes, w, t)) for w in WINDOWS for t in KAPPAS],
            change=[dict(threshold=t, rounds=change(case, classes, t)) for t in CHANGES],
            delta_f=[dict(window=w, threshold=t, positive=p, rounds=delta_f(case, classes, w, t, p))
                     for w in WINDOWS for t in DELTAS for p in positives]))
    sharper = lambda classes, n: [r.dirichlet(np.full(classes, a), n) for a in (5., 1., .3, .1, .02)]
    sure = np.eye(3)[r.integers(0, 3, 7)]; even = np.full((6, 4), .25)
    pools = [('three classes', 3, sharper(3, 25)), ('two classes', 2, sharper(2, 40)), ('eleven classes', 11, sharper(11, 15)),
             ('sure', 3, [sure]), ('even', 4, [even]), ('one class', 1, [np.ones((5, 1))])]
    st, sk, numpy = f'small-text {small_text.__version__}', f'scikit-learn {sklearn.__version__}', f'NumPy {np.__version__}'
    what = dict(
        made_by='tests/reference/make_stop.py',
        sources=dict(kappa=f'{st} KappaAverage', change=f'{st} ClassificationChange, value by {numpy}', uncertainty=f'{st} OverallUncertainty, value by SciPy {scipy.__version__} entropy',
                     delta_f=f'{st} DeltaFScore for two classes of which 1 is positive; {sk} f1_score for others'),
        cases=written,
        uncertainty=[dict(name=name, classes=classes, pools=[p.tolist() for p in of], criteria=[dict(threshold=t, rounds=uncertainty(of, classes, t)) for t in ENTROPIES])
                     for name, classes, of in pools])
    os.makedirs(os.path.dirname(OUT), exist_ok=True)
    with open(OUT, 'w', encoding='utf8') as f:
        f.write('{' + ',\n'.join(f'"{k}": ' + json.dumps(v, separators=(',', ':'), allow_nan=False) for k, v in what.items()) + '}\n')
    print(os.path.getsize(OUT), 'bytes')

if __name__ == '__main__':
    main()
