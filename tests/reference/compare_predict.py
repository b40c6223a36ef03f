"""Compares `alnb predict` with Python's transformers on models with random configurations and weights.

  V/bin/python tests/reference/compare_predict.py --alnb $ALNB_HOME/bin/alnb [--family bert ...] [--task classification|tagging]
      [--seed 1] [--models 4] [--tokenizers DIR ...] [--xlnet-tokenizers DIR ...] [--only NAME] [--keep DIR]

It makes so many models of each family for each task. The tokenizers are those of the folders DIR; by default those of the
tests' models. It prints the largest difference of a probability for each model and ends with exit code 1 where one is above
2e-5, or anything else differs. See make_families.py for the environment V.
"""
import argparse, json, os, random, shutil, subprocess, sys, tempfile
os.environ.setdefault('HF_HUB_OFFLINE', '1')
import torch, transformers
from transformers import (AutoModelForSequenceClassification, AutoModelForTokenClassification, AutoTokenizer, BertConfig,
                          DistilBertConfig, ElectraConfig, XLNetConfig)
from make_fixtures import OUT, TEXTS

TOLERANCE = 2e-5
FAMILIES, TASKS = ['bert', 'distilbert', 'electra', 'xlnet'], ['classification', 'tagging']
WORDS = 'stock market team won game science oil price president election space telescope the of a'.split()
ODD = ['😀', '東京', 'naïve', 'e\u0301', '\u200b', '\u0301', '½', '...', 'U.S.', "it's", '[MASK]', '<mask>', '1,234.5', 'Straße', 'x' * 120, '``', '\u202eabc']
KINDS = dict(classification=AutoModelForSequenceClassification, tagging=AutoModelForTokenClassification)


def configuration(rng, family, common):
    """A configuration as a user's model might have it."""
    heads, layers, inner = rng.choice([1, 2, 4]), rng.choice([1, 2, 3]), rng.choice([16, 50, 128])
    hidden, positions = heads * rng.choice([8, 16, 24]), rng.choice([40, 64, 100, 512])
    activation, eps, dropout = rng.choice(['gelu', 'gelu_new', 'relu']), rng.choice([1e-12, 1e-5]), rng.choice([None, 0.3])
    common = dict(common, initializer_range=0.3)
    if family == 'distilbert':
        return DistilBertConfig(
            dim=hidden, n_layers=layers, n_heads=heads, hidden_dim=inner, activation=activation, max_position_embeddings=positions,
            sinusoidal_pos_embds=rng.choice([False, True]), seq_classif_dropout=dropout or 0.2, **common)
    if family == 'xlnet':
        return XLNetConfig(
            d_model=hidden, n_layer=layers, n_head=heads, d_inner=inner, ff_activation=activation, layer_norm_eps=eps,
            clamp_len=rng.choice([-1, -1, 3, 10]), untie_r=rng.choice([False, True]), mem_len=rng.choice([None, 20]),
            summary_type=rng.choice(['last', 'last', 'first', 'mean', 'cls_index']), summary_use_proj=rng.choice([True, True, False]),
            summary_activation=rng.choice(['tanh', 'tanh', 'gelu', 'relu', '']), summary_last_dropout=dropout or 0, **common)
    bert = dict(hidden_size=hidden, num_hidden_layers=layers, num_attention_heads=heads, intermediate_size=inner, hidden_act=activation,
                max_position_embeddings=positions, type_vocab_size=rng.choice([1, 2, 3]), layer_norm_eps=eps, classifier_dropout=dropout, **common)
    return BertConfig(**bert) if family == 'bert' else ElectraConfig(embedding_size=rng.choice([hidden, 8, 12, 40]), **bert)


def class_names(rng, task):
    """2 to 12: transformers' own, ones to escape, or tags in any order."""
    n = rng.choice([2, 2, 3, 5, 7, 9, 12])
    if task == 'tagging' and rng.random() < 0.7:
        return rng.sample(['O'] + [f'{p}-{t}' for t in ('PER', 'LOC', 'ORG', 'MISC', 'é x', 'F') for p in 'BI'][:n - 1], n)
    return [f'LABEL_{i}' if n < 4 else f'class "{i}" <b>' for i in range(n)]


def make(rng, family, task, tokenizer, folder):
    names = class_names(rng, task)
    config = configuration(rng, family, dict(
        vocab_size=len(tokenizer) + rng.choice([0, 5]), pad_token_id=tokenizer.pad_token_id, id2label=dict(enumerate(names)),
        label2id={name: i for i, name in enumerate(names)}))
    net = KINDS[task].from_config(config)
    with torch.no_grad():
        for p in net.parameters():
            if p.dim() == 1:
                p.add_(torch.randn_like(p) * 0.2)
    net.to(rng.choice([torch.float32, torch.float32, torch.bfloat16, torch.float16])).save_pretrained(folder)
    limit = rng.choice([20, 64, 128, 512])
    tokenizer.model_max_length = limit if family == 'xlnet' else min(limit, config.max_position_embeddings)
    tokenizer.save_pretrained(folder)
    if family == 'xlnet' and rng.random() < 0.5:  # else transformers 5 passes no token types
        path = os.path.join(folder, 'tokenizer_config.json')
        with open(path) as f:
            settings = json.load(f)
        with open(path, 'w') as f:
            json.dump(dict(settings, model_input_names=['input_ids', 'token_type_ids', 'attention_mask']), f)


def documents(rng, task):
    if task == 'classification':
        return TEXTS + [' '.join(rng.choices(WORDS, k=rng.randint(1, 60))) for _ in range(40)]
    return [[w] for w in ODD] + [rng.choices(WORDS + ODD if i % 2 else WORDS, k=rng.randint(1, 60)) for i in range(40)]


@torch.no_grad()
def expected(net, tokenizer, family, task, document):
    """Probabilities of a text's classes, or for each word of its tags, None where it has none."""
    clean = document.replace('\0', '') if task == 'classification' else document
    encoded = tokenizer(clean, is_split_into_words=task == 'tagging', truncation=True, return_tensors='pt')
    probs = net(**encoded).logits.softmax(-1)[0].tolist()
    if task == 'classification':
        return probs
    of = encoded.word_ids()
    return [probs[of.index(w)] if w in of else None for w in range(len(document))]


def differences(answer, want, names, task):
    """Of each probability, and whether the rest is as it should be."""
    if task == 'classification':
        same = list(answer['probs']) == names and answer['label'] == max(answer['probs'], key=answer['probs'].get)
        return [abs(p - q) for p, q in zip(want, answer['probs'].values())], same
    off, same = [], len(want) == len(answer['tags']) == len(answer['probs'])
    for q, tag, p in zip(want, answer['tags'], answer['probs']):
        same = same and len(p) == len(names)
        if q is None:
            same = same and tag == 'O' and p == [float(name == 'O') for name in names]
        else:
            same = same and tag == names[p.index(max(p))]
            off += [abs(x - y) for x, y in zip(p, q)]
    return off, same


def compare(alnb, family, task, docs, folder):
    """The largest difference, and whether all rows agree otherwise."""
    net = KINDS[task].from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    field = 'text' if task == 'classification' else 'words'
    rows = [{field: d} if i % 3 == 0 else {field: d, 'id': i} if i % 3 == 1 else {'id': f'é {i // 4}', field: d}
            for i, d in enumerate(docs)]
    source, target = os.path.join(folder, 'in.jsonl'), os.path.join(folder, 'out.jsonl')
    with open(source, 'w', newline='', encoding='utf8') as f:
        for i, row in enumerate(rows):
            f.write(json.dumps(row, ensure_ascii=bool(i % 2)) + ('\r\n' if i % 5 == 0 else '\n'))
    done = subprocess.run([alnb, 'predict', '--model', folder, '--in', source, '--out', target], capture_output=True, text=True)
    if done.returncode:
        print(done.stderr[-2000:])
        return float('inf'), False
    got = [json.loads(line) for line in open(target, encoding='utf8')]
    names = [net.config.id2label[i] for i in range(net.config.num_labels)]
    same, worst = len(got) == len(rows), 0.0
    for row, answer in zip(rows, got):
        off, alike = differences(answer, expected(net, tokenizer, family, task, row[field]), names, task)
        if not alike or row.get('id') != answer.get('id'):
            print(f'  {json.dumps(row)[:200]}\n  got {json.dumps(answer)[:400]}')
            same = False
        worst = max([worst] + off)
    return worst, same


def main():
    args = argparse.ArgumentParser()
    args.add_argument('--alnb', required=True)
    args.add_argument('--family', nargs='+', choices=FAMILIES, default=FAMILIES)
    args.add_argument('--task', nargs='+', choices=TASKS, default=TASKS)
    args.add_argument('--seed', type=int, default=1)
    args.add_argument('--models', type=int, default=4)
    args.add_argument('--tokenizers', nargs='+', default=[os.path.join(OUT, 'tiny-bert')])
    args.add_argument('--xlnet-tokenizers', nargs='+', default=[os.path.join(OUT, 'families', 'xlnet-tagging')])
    args.add_argument('--only', help='as printed, such as xlnet-tagging-3')
    args.add_argument('--keep', help='copy the folders of models that differ to this one')
    args = args.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    failed = False
    for family, task, n in ((f, t, n + 1) for f in args.family for t in args.task for n in range(args.models)):
        name = f'{family}-{task}-{n}'
        rng = random.Random(f'{args.seed} {name}')  # a model doesn't depend on the others
        torch.manual_seed(rng.getrandbits(32))
        if args.only not in (None, name):
            continue
        with tempfile.TemporaryDirectory() as folder:
            tokenizers = args.xlnet_tokenizers if family == 'xlnet' else args.tokenizers
            make(rng, family, task, AutoTokenizer.from_pretrained(rng.choice(tokenizers)), folder)
            worst, same = compare(args.alnb, family, task, documents(rng, task), folder)
            ok = same and worst <= TOLERANCE
            if args.keep and not ok:
                shutil.copytree(folder, os.path.join(args.keep, name), dirs_exist_ok=True)
        print(f'{name}: worst difference {worst:.1e}, ids, labels and classes {"equal" if same else "DIFFER"}', flush=True)
        failed = failed or not ok
    sys.exit(1 if failed else 0)


if __name__ == '__main__':
    main()
