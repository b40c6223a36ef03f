"""PyTorch's side of `make bench`: a hand-tuned loop on transformers that trains and scores in blocks, as it is asked to.

Reads one JSON object a line from stdin and answers with one a line on stdout; "op" names a method of Peer, the other
fields are its arguments. tests/bench/peer.go asks. Needs tests/bench/requirements.txt.
"""
import json, os, sys, time, traceback

os.environ.setdefault('HF_HUB_OFFLINE', '1')
os.environ.setdefault('TOKENIZERS_PARALLELISM', 'true')
import torch
import transformers
from transformers import AutoModelForSequenceClassification, AutoTokenizer, get_linear_schedule_with_warmup

BATCH = 32  # documents scored at once: the fastest of 8 to 128 on two Zen 4 cores


class Peer:
    def __init__(self):
        self.models = {}

    def hello(self, threads):
        torch.set_num_threads(threads)
        return dict(versions=dict(python=sys.version.split()[0], torch=torch.__version__, transformers=transformers.__version__))

    def load(self, texts, labels, tokenizer, max_tokens):
        """Takes the documents; from now on they are called by their row numbers."""
        tok = AutoTokenizer.from_pretrained(tokenizer)
        self.ids = tok(texts, truncation=True, max_length=max_tokens)['input_ids']
        self.labels = labels
        return dict(tokens=[len(i) for i in self.ids])

    def open(self, id, model, bfloat16=False, steps=1, rate=5e-5):
        """Opens a classifier's folder, to train it for so many steps or to score with it. Eager attention is the fastest here."""
        torch.manual_seed(1)
        m = AutoModelForSequenceClassification.from_pretrained(model, attn_implementation='eager').float()
        self.models[id] = Model(m, bfloat16, steps, rate)

    def close(self, id):
        del self.models[id]

    def train(self, id, batches):
        """Goes on training with these mini-batches."""
        seconds, losses = [], []
        for rows in batches:
            began = time.perf_counter()
            losses.append(self.models[id].step(*self.lay_out(rows), torch.tensor([self.labels[r] for r in rows])))
            seconds.append(time.perf_counter() - began)
        return dict(seconds=seconds, losses=losses)

    def score(self, id, rows):
        """Scores documents, sorted by length."""
        began = time.perf_counter()
        order = sorted(range(len(rows)), key=lambda i: -len(self.ids[rows[i]]))
        batches = [order[k:k + BATCH] for k in range(0, len(order), BATCH)]
        out = torch.zeros(len(rows), self.models[id].model.config.num_labels)
        for batch, probabilities in zip(batches, self.models[id].score(self.lay_out([rows[i] for i in b]) for b in batches)):
            out[batch] = probabilities
        return dict(seconds=time.perf_counter() - began, probabilities=out.tolist())

    def lay_out(self, rows):
        """Pads documents to the longest of them."""
        ids = [self.ids[r] for r in rows]
        longest = max(map(len, ids))
        return (torch.tensor([i + [0] * (longest - len(i)) for i in ids]),
                torch.tensor([[1] * len(i) + [0] * (longest - len(i)) for i in ids]))

    def product(self, shape, bfloat16, seconds):
        """The speed of a bare matrix product [m, k] × [k, n], in GFLOP/s: the median call."""
        m, k, n = shape
        dtype = torch.bfloat16 if bfloat16 else torch.float32
        a, b, out = torch.randn(m, k).to(dtype), torch.randn(k, n).to(dtype), torch.empty(m, n, dtype=dtype)
        took = []
        with torch.inference_mode():
            end = time.perf_counter() + seconds
            while len(took) < 10 or time.perf_counter() < end:
                began = time.perf_counter()
                torch.mm(a, b, out=out)
                took.append(time.perf_counter() - began)
        return dict(gflops=2e-9 * m * k * n / sorted(took)[len(took) // 2])


class Model:
    """A classifier with its optimizer: AdamW, weight decay 0.01 but on biases and norms, linear warm-up over 10 % and decay."""

    def __init__(self, model, bfloat16, steps, rate):
        self.model, self.bfloat16 = model, bfloat16
        plain = [p for n, p in model.named_parameters() if n.endswith('.bias') or 'LayerNorm' in n]
        known = {id(p) for p in plain}
        decayed = [p for p in model.parameters() if id(p) not in known]
        groups = [dict(params=decayed, weight_decay=0.01), dict(params=plain, weight_decay=0.0)]
        self.optimizer = torch.optim.AdamW(groups, lr=rate, fused=True)
        self.schedule = get_linear_schedule_with_warmup(self.optimizer, steps // 10, steps)

    def autocast(self):
        return torch.autocast('cpu', dtype=torch.bfloat16, enabled=self.bfloat16)

    def step(self, ids, mask, labels):
        self.model.train()
        with self.autocast():
            loss = self.model(input_ids=ids, attention_mask=mask, labels=labels).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0, foreach=True)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad()
        return loss.item()

    def score(self, batches):
        self.model.eval()
        with torch.inference_mode(), self.autocast():
            for ids, mask in batches:
                yield self.model(input_ids=ids, attention_mask=mask).logits.float().softmax(-1)


def serve(peer):
    """Answers each line of stdin. What libraries print goes to stderr."""
    answers = os.fdopen(os.dup(1), 'w')
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(peer, request.pop('op'))(**request) or {}
        except Exception as e:
            traceback.print_exc()
            answer = dict(error=f'{type(e).__name__}: {e}')
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == '__main__':
    serve(Peer())
