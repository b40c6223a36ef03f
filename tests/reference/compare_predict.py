"""Compares `alnb predict` with Python's transformers on BERT classifiers with random configurations and weights.

  V/bin/python tests/reference/compare_predict.py --alnb $ALNB_HOME/bin/alnb --tokenizers DIR [DIR ...] [--seed 1] [--models 8]

The tokenizers are those of the folders DIR, such as alnb/model/testdata/tiny-bert. It prints the largest difference of a probability for
each model and ends with exit code 1 where one is above 2e-5, or anything else differs. See make_fixtures.py for the environment V.
"""
import argparse, json, os, random, subprocess, sys, tempfile
os.environ.setdefault('HF_HUB_OFFLINE', '1')
import torch, transformers
from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification
from make_fixtures import TEXTS

TOLERANCE = 2e-5
WORDS = 'stock market team won game science oil price president election space telescope the of a'.split()


def model(rng, tokenizer, folder):
    """Saves a classifier as a user's might be: any size, activation, number of classes, 16 or 32 bits."""
    heads, classes = rng.choice([1, 2, 4]), rng.choice([2, 2, 3, 7, 12])
    positions = rng.choice([40, 64, 100, 512])
    config = BertConfig(
        vocab_size=len(tokenizer) + rng.choice([0, 5]), hidden_size=heads * rng.choice([8, 16, 24]),
        num_hidden_layers=rng.choice([1, 2, 3]), num_attention_heads=heads, intermediate_size=rng.choice([16, 50, 128]),
        hidden_act=rng.choice(['gelu', 'gelu_new', 'relu']), max_position_embeddings=positions,
        type_vocab_size=rng.choice([1, 2, 3]), layer_norm_eps=rng.choice([1e-12, 1e-5]), num_labels=classes,
        classifier_dropout=rng.choice([None, 0.3]), initializer_range=0.3, pad_token_id=tokenizer.pad_token_id)
    if classes > 3:  # fewer keep transformers' own names
        config.id2label = {i: f'class "{i}" <b>' for i in range(classes)}
        config.label2id = {name: i for i, name in config.id2label.items()}
    net = BertForSequenceClassification(config)
    with torch.no_grad():
        for p in net.parameters():
            if p.dim() == 1:
                p.add_(torch.randn_like(p) * 0.2)
    net.to(rng.choice([torch.float32, torch.float32, torch.bfloat16, torch.float16])).save_pretrained(folder)
    tokenizer.model_max_length = min(positions, rng.choice([20, 64, 128, 512]))
    tokenizer.save_pretrained(folder)


def compare(rng, alnb, folder):
    """The largest difference, and whether all rows agree otherwise."""
    net = BertForSequenceClassification.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    texts = TEXTS + [' '.join(rng.choices(WORDS, k=rng.randint(1, 60))) for _ in range(40)]
    rows = [{'text': t} if i % 3 == 0 else {'text': t, 'id': i} if i % 3 == 1 else {'id': f'é {i // 4}', 'text': t}
            for i, t in enumerate(texts)]
    source, target = os.path.join(folder, 'in.jsonl'), os.path.join(folder, 'out.jsonl')
    with open(source, 'w', newline='') as f:
        for i, row in enumerate(rows):
            f.write(json.dumps(row, ensure_ascii=bool(i % 2)) + ('\r\n' if i % 5 == 0 else '\n'))
    subprocess.run([alnb, 'predict', '--model', folder, '--in', source, '--out', target], check=True, capture_output=True)
    got = [json.loads(line) for line in open(target)]
    names = [net.config.id2label[i] for i in range(net.config.num_labels)]
    same = len(got) == len(rows)
    worst = 0.0
    for row, answer in zip(rows, got):
        encoded = tokenizer(row['text'].replace('\0', ''), truncation=True, return_tensors='pt')
        with torch.no_grad():
            want = net(**encoded).logits.softmax(-1)[0].tolist()
        same = same and row.get('id') == answer.get('id') and list(answer['probs']) == names
        same = same and answer['label'] == max(answer['probs'], key=answer['probs'].get)
        worst = max([worst] + [abs(p - q) for p, q in zip(want, answer['probs'].values())])
    return worst, same


def main():
    args = argparse.ArgumentParser()
    args.add_argument('--alnb', required=True)
    args.add_argument('--tokenizers', nargs='+', required=True)
    args.add_argument('--seed', type=int, default=1)
    args.add_argument('--models', type=int, default=8)
    args = args.parse_args()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    rng = random.Random(args.seed)
    torch.manual_seed(args.seed)
    failed = False
    for n in range(args.models):
        with tempfile.TemporaryDirectory() as folder:
            model(rng, AutoTokenizer.from_pretrained(rng.choice(args.tokenizers)), folder)
            worst, same = compare(rng, args.alnb, folder)
        print(f'model {n + 1}: worst difference {worst:.1e}, ids, labels and classes {"equal" if same else "DIFFER"}')
        failed = failed or not same or worst > TOLERANCE
    sys.exit(1 if failed else 0)


main()
