"""Writes alnb/eval/testdata/seqeval.json.gz: random tag sequences, many malformed, with what seqeval gives for them. The Go
test compares with it.

  python -m venv V && V/bin/pip install seqeval==1.2.2
  V/bin/python tests/reference/make_seqeval.py

A character of a sequence is a tag, by its position in `code`. A group has pairs of sequences (gold, predicted), their
scores [precision, recall, f1, support], overall and by type, and the entities of each sequence on its own, as seqeval's
get_entities gives them: 'type first last' with the type's position in `types`.
"""
import gzip, json, os, random, string, warnings
from seqeval.metrics import classification_report
from seqeval.metrics.sequence_labeling import get_entities

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'alnb', 'eval', 'testdata', 'seqeval.json.gz')
CODE, GROUPS, PAIRS, LONGEST = string.ascii_letters + string.digits, 50, 100, 12
TYPES = ['PER', 'LOC', 'ORG-X']
PLAIN = ['O'] + [f'{m}-{t}' for m in 'BI' for t in TYPES]
SCHEME = PLAIN + [f'{m}-{t}' for m in 'ES' for t in TYPES]
WILD = SCHEME + ['B', 'I', 'E', 'S', 'B-', 'I-', 'I-_', 'BPER', 'IPER', 'B--PER', 'I--PER', 'O-PER', 'O-', '.', '.-PER', 'X', 'X-PER', 'X-LOC',
                 'U-LOC', 'L-LOC', 'b-PER', 'PER', '-PER', 'é-LOC', 'B-Ort-é', 'I-Ort-é', '東', 'B_PER', 'I PER']

def well_formed(r, n):
    tags = []
    while len(tags) < n:
        t = r.choice(TYPES)
        tags += ['O'] * r.randint(1, 3) if r.random() < .4 else [f'B-{t}'] + [f'I-{t}'] * r.randint(0, 3)
    return tags[:n]

def main():
    warnings.simplefilter('ignore'); r = random.Random(1); groups, types = [], {}
    for g in range(GROUPS):
        tags, wrong = [(PLAIN, 0), (PLAIN, .3), (SCHEME, .6), (WILD, .5), (WILD, 1)][g % 5]
        pairs, entities = [], []
        for _ in range(PAIRS):
            gold = well_formed(r, r.randint(0, LONGEST)); gold = [r.choice(tags) if r.random() < wrong else t for t in gold]
            if g % 5 == 0: other = well_formed(r, len(gold)); pred = gold if r.random() < .5 else other
            else: pred = [r.choice(tags) if r.random() < .2 else t for t in gold]
            pairs.append((gold, pred))
            for s in (gold, pred): entities.append(' '.join(f'{types.setdefault(t, len(types))} {a} {b}' for t, a, b in get_entities([s])))
        report = classification_report(*map(list, zip(*pairs)), output_dict=True)
        row = lambda k: [float(report[k][m]) for m in ('precision', 'recall', 'f1-score')] + [int(report[k]['support'])]
        groups.append(dict(well_formed=g % 5 == 0, pairs=[[''.join(CODE[WILD.index(t)] for t in s) for s in p] for p in pairs], entities=entities, overall=row('micro avg'),
                           per_type={k: row(k) for k in report if not k.endswith(' avg')}))
    what = dict(made_by='tests/reference/make_seqeval.py', code={CODE[i]: t for i, t in enumerate(WILD)}, types=list(types), groups=groups)
    os.makedirs(os.path.dirname(OUT), exist_ok=True)
    with open(OUT, 'wb') as f: f.write(gzip.compress(json.dumps(what, separators=(',', ':')).encode(), 9, mtime=0))
    print(os.path.getsize(OUT), 'bytes')

if __name__ == '__main__':
    main()
