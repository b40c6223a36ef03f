"""Writes notebooks/texts/headlines.vec: word vectors in GloVe's form, learned without labels from the texts of
notebooks/texts/headlines.csv, for the light model of notebooks/plasm.ipynb.

  python tests/reference/make_vectors.py   (nothing to install)

Words that occur near each other get positive pointwise mutual information (Levy and Goldberg, 2014);
a word's vector is its row of the 20 largest eigenvectors, each times the root of its eigenvalue.
"""
import collections, csv, math, os, random, re

TEXTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'notebooks', 'texts')
WINDOW, SIZE, ROUNDS = 3, 20, 300

with open(os.path.join(TEXTS, 'headlines.csv'), encoding='utf-8', newline='') as f:
    texts = [re.findall(r'[a-z]+|[.,-]', row['text'].lower()) for row in csv.DictReader(f)]
counts = collections.Counter(word for text in texts for word in text)
words = sorted(counts, key=lambda w: (-counts[w], w))
number = {w: i for i, w in enumerate(words)}
n = len(words)
near = [[0.0] * n for _ in words]
for text in texts:
    for i, word in enumerate(text):
        for other in text[max(0, i - WINDOW):i]:
            near[number[word]][number[other]] += 1
            near[number[other]][number[word]] += 1
total = sum(map(sum, near))
sums = [sum(row) + 1 for row in near]
rest = [[max(0.0, math.log((near[i][j] + 1e-9) * total / (sums[i] * sums[j]))) for j in range(n)] for i in range(n)]

vectors = [[] for _ in words]
draw = random.Random(1)
for _ in range(SIZE):  # power iteration, then deflation
    v = [draw.gauss(0, 1) for _ in words]
    for _ in range(ROUNDS):
        v = [sum(map(lambda a, b: a * b, row, v)) for row in rest]
        length = math.sqrt(sum(x * x for x in v))
        v = [x / length for x in v]
    value = sum(x * sum(map(lambda a, b: a * b, row, v)) for x, row in zip(v, rest))
    if max(v, key=abs) < 0:
        v = [-x for x in v]
    for i in range(n):
        vectors[i].append(v[i] * math.sqrt(abs(value)))
        for j in range(n):
            rest[i][j] -= value * v[i] * v[j]

with open(os.path.join(TEXTS, 'headlines.vec'), 'w', encoding='utf-8', newline='\n') as f:
    for word, vector in zip(words, vectors):
        print(word, *(f'{x:.3f}' for x in vector), file=f)
