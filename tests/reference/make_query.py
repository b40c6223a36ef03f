"""Writes alnb/query/testdata/reference.json: random probabilities, embeddings, labels and taggings, with the scores and
choices that small-text, scikit-learn, or NumPy from the paper's formula give for them. The Go tests compare with it.

  python -m venv V && V/bin/pip install numpy torch scikit-learn small-text==1.4.1
  V/bin/python tests/reference/make_query.py

small-text 1.4.1 imports transformers, and needs 4.48 (put it in PYTHONPATH where another is installed). `sources` says which
library gave what. What small-text does otherwise than the paper is passed by, as said there:

  cal      its neighbors are of all documents, here of the labeled ones; its score is the mean over neighbors and classes,
           and it returns only the first n: asked for each n, these give the whole order. Values are SciPy's
  bald     its logarithm is to the base 2, and has 1e-8 in it, here 0
  badge    it has -p in place of p - y, so gradients are NumPy's, from PyTorch's autograd where said; sampling is as in the
           authors' code (github.com/JordanAsh/badge, query_strategies/badge_sampling.py: the longest first, then by D²)
Probabilities are multiples of 1/1024: exact in float32, with a sum of 1.
"""
import json, os, warnings
warnings.filterwarnings('ignore')
import numpy as np, scipy, sklearn, small_text, torch
from scipy.special import rel_entr
from sklearn.covariance import LedoitWolf
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import normalize
from small_text import BreakingTies, LeastConfidence, PredictionEntropy
from small_text.query_strategies.bayesian import _bald
from small_text.query_strategies.coresets import greedy_coreset
from small_text.query_strategies.strategies import ContrastiveActiveLearning

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'alnb', 'query', 'testdata', 'reference.json')
LABELED, POOL, CLASSES, DIM, SAMPLES, CHOSEN, NEIGHBORS = 18, 40, 4, 11, 10, 25, 10

def probabilities(r, *shape, classes=CLASSES, least=1):
    p = r.dirichlet(np.full(classes, .5), shape) * (1024 - least * classes)
    k = np.floor(p).astype(int) + least; k[..., 0] += 1024 - k.sum(-1)
    return r.permuted(k, axis=-1) / 1024

class Answers:                                                     # what small-text asks of a classifier
    def __init__(self, p): self.p = p
    def predict_proba(self, _): return self.p

def mahalanobis(labeled, y, pool):
    means = {c: labeled[y == c].mean(0) for c in sorted(set(y))}
    centered = np.stack([h - means[c] for h, c in zip(labeled, y)])
    fit = LedoitWolf().fit(centered); inverse = np.linalg.inv(fit.covariance_)
    return [min(float((h - m) @ inverse @ (h - m)) for m in means.values()) for h in pool], float(fit.shrinkage_)

def cal(labeled, p_labeled, pool, p_pool):
    x, p = normalize(np.vstack([labeled, pool])), np.vstack([p_labeled, p_pool]); n = len(labeled)
    nn = NearestNeighbors(n_neighbors=NEIGHBORS).fit(x[:n])
    first = lambda k: ContrastiveActiveLearning(k=NEIGHBORS)._contrastive_active_learning(p, x, p, np.arange(n, len(x)), nn, k)
    order, seen = [], set()
    for k in range(1, len(pool)):
        new = set(map(int, first(k))) - seen; assert len(new) == 1; order += new; seen |= new
    near = nn.kneighbors(x[n:], return_distance=False)
    return [float(np.mean([rel_entr(p[i], q).sum() for i in rows])) for rows, q in zip(near, p_pool)], order

def gradients(p, h):
    """of the loss by the last layer's weight, by autograd: the logits are log p, the label is the most probable class"""
    out = []
    for row, x in zip(torch.tensor(p), torch.tensor(h)):
        weight = torch.zeros(len(row), len(x), dtype=torch.float64, requires_grad=True)
        logits = weight @ x + row.log()
        torch.nn.functional.cross_entropy(logits[None], row.argmax()[None]).backward(); out.append(weight.grad.flatten().numpy())
    return np.stack(out)

def crf_free(r):
    """taggings of a model without a CRF: words past the limit are O with probability 1, and aren't counted"""
    out = []
    for words in [1, 2, 3, 5, 8, 13, 6, 4, 0]:
        counted = max(0, words - 2) if words in (6, 13) else words
        seen = probabilities(r, counted, classes=5) if counted else np.zeros((0, 5))
        rows = np.vstack([seen, np.tile([1., 0, 0, 0, 0], (words - counted, 1))])
        log = np.log(seen.max(-1)).sum() if counted else 0.
        entropy = -(seen * np.log(seen)).sum()
        out.append(dict(probs=rows.tolist(), path=float(log), counted=counted, mnlp=float(-log / counted) if counted else 0.,
                        token_entropy=float(entropy), viterbi=float(1 - np.exp(log)) if counted else 0.))
    return out

def main():
    r = np.random.default_rng(7)
    p_labeled, p = probabilities(r, LABELED), probabilities(r, POOL)
    y = r.integers(0, 3, LABELED); centers = r.normal(0, 2, (3, DIM))
    embed = lambda n, of: np.round((centers[of] + r.normal(size=(n, DIM)) @ np.diag(np.linspace(.2, 1.5, DIM))) * 64) / 64
    labeled, pool = embed(LABELED, y), embed(POOL, r.integers(0, 3, POOL))
    drawn = probabilities(r, POOL, SAMPLES); answers = Answers(p); score = lambda s: s.get_confidence(answers, None, None, None, None)
    md, shrinkage = mahalanobis(labeled, y, pool); divergence, order = cal(labeled, p_labeled, pool, p)
    g = gradients(p, pool); d2 = ((g[:, None] - g[None]) ** 2).sum(-1); norms = (g ** 2).sum(-1)
    first = int(norms.argmax()); chosen = [first, (first + 3) % POOL, (first + 11) % POOL]; weight = d2[:, chosen].min(1)
    coreset = lambda x, start: [int(i) for i in greedy_coreset(np.vstack([x, start]), np.arange(POOL), np.arange(POOL, POOL + len(start)), CHOSEN, distance_metric='euclidean')]
    st, sk = f'small-text {small_text.__version__}', f'scikit-learn {sklearn.__version__}'; numpy = f'NumPy {np.__version__}'
    what = dict(
        made_by='tests/reference/make_query.py',
        sources=dict(least_confident=f'{st} LeastConfidence (1 - its confidence)', margin=f'{st} BreakingTies (negated)', entropy=f'{st} PredictionEntropy',
                     bald=f'{st} _bald, eps 0, times log 2', mahalanobis=f'{numpy}, Tsvigun et al. 2022 Eq. 1, covariance by {sk} LedoitWolf',
                     coreset=f'{st} greedy_coreset, euclidean', coreset_normalized=f'{st} greedy_coreset, euclidean, after {sk} normalize',
                     badge=f'{numpy}, gradients by PyTorch {torch.__version__} autograd, Ash et al. 2020',
                     cal=f'neighbors by {sk}, divergences by SciPy {scipy.__version__} rel_entr, Margatina et al. 2021', cal_order=f'{st} ContrastiveActiveLearning, neighbors among the labeled',
                     mnlp=f'{numpy}, Tsvigun et al. 2022 §3.2', token_entropy=f'{numpy}, Settles and Craven 2008', viterbi=f'{numpy}, Culotta and McCallum 2005'),
        labeled=dict(embeddings=labeled.tolist(), classes=y.tolist(), probabilities=p_labeled.tolist()),
        pool=dict(embeddings=pool.tolist(), probabilities=p.tolist(), dropout=drawn.tolist()),
        least_confident=(1 - score(LeastConfidence())).tolist(), margin=(-score(BreakingTies())).tolist(), entropy=score(PredictionEntropy()).tolist(),
        bald=(_bald(drawn, eps=0) * np.log(2)).tolist(), mahalanobis=md, shrinkage=shrinkage, cal=divergence, cal_order=order,
        coreset=coreset(pool, labeled), coreset_normalized=coreset(normalize(pool), normalize(labeled)),
        badge=dict(distances=d2.tolist(), first=first, chosen=chosen, probabilities=(weight / weight.sum()).tolist()),
        taggings=crf_free(r))
    os.makedirs(os.path.dirname(OUT), exist_ok=True)
    with open(OUT, 'w', encoding='utf8') as f:
        f.write('{' + ',\n'.join(f'"{k}": ' + json.dumps(v, separators=(',', ':'), ensure_ascii=False) for k, v in what.items()) + '}\n')
    print(os.path.getsize(OUT), 'bytes')

if __name__ == '__main__':
    main()
