"""Python's tokenizers on the work of `go run ./tests/bench/tokens`: encode_batch, its threads on, ids read.

  TOKENIZERS_PARALLELISM=true python tests/bench/tokens/peer_tokens.py --model DIR --data DIR/ag_news

Prints a line for each of --repeats passes: the method, and documents a second.
"""
import argparse, csv, os, time

os.environ.setdefault('TOKENIZERS_PARALLELISM', 'true')
import tokenizers

parser = argparse.ArgumentParser()
parser.add_argument('--model', required=True)
parser.add_argument('--data', required=True)
parser.add_argument('--max-tokens', type=int, default=128)
parser.add_argument('--repeats', type=int, default=3)
options = parser.parse_args()

with open(f'{options.data}/train_5000.csv', encoding='utf8') as f:
    texts = [row['text'] for row in csv.DictReader(f)]
with open(f'{options.data}/test.csv', encoding='utf8') as f:
    texts += [f'{title} {description}' for _, title, description in csv.reader(f)]

tokenizer = tokenizers.Tokenizer.from_file(f'{options.model}/tokenizer.json')
tokenizer.no_padding()
tokenizer.enable_truncation(options.max_tokens)
for method in ('encode_batch', 'encode_batch_fast'):  # the latter without offsets
    encode = getattr(tokenizer, method)
    for i in range(options.repeats + 1):  # the first warms up
        began = time.perf_counter()
        ids = [e.ids for e in encode(texts)]
        seconds = time.perf_counter() - began
        if i > 0:
            print(method, len(texts) / seconds)
