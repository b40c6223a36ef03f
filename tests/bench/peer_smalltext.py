"""small-text's side of `make bench`, as its tutorials use it. See peer.py; needs transformers 4.48 in PYTHONPATH."""
import sys, time

import numpy as np
import small_text
import torch
import transformers
from small_text import (LeastConfidence, PoolBasedActiveLearner, TransformerBasedClassificationFactory,
                        TransformerModelArguments, TransformersDataset)
from transformers import AutoTokenizer

from peer import serve


class SmallText:
    def hello(self, threads):
        torch.set_num_threads(threads)
        return dict(versions={'small-text': small_text.__version__, 'python': sys.version.split()[0], 'torch': torch.__version__,
                              'transformers': transformers.__version__})

    def load(self, texts, labels, tokenizer, max_tokens):
        tok = AutoTokenizer.from_pretrained(tokenizer)
        self.labels = np.array(labels)
        self.data = TransformersDataset.from_arrays(texts, self.labels, tok, max_length=max_tokens, target_labels=np.unique(self.labels))
        return dict(tokens=[])

    def train(self, model, rows, epochs, rate):
        """Trains on the documents; a tenth of them is held out, as small-text does by itself."""
        kwargs = dict(num_epochs=epochs, mini_batch_size=16, lr=rate, device='cpu', early_stopping_no_improvement=0)
        factory = TransformerBasedClassificationFactory(TransformerModelArguments(model), len(np.unique(self.labels)), kwargs=kwargs)
        self.learner = PoolBasedActiveLearner(factory, LeastConfidence(), self.data)
        rows = np.array(rows)
        began = time.perf_counter()
        self.learner.initialize_data(rows, self.labels[rows])
        held_out = round(0.1 * len(rows))
        return dict(seconds=time.perf_counter() - began, steps=epochs * -(-(len(rows) - held_out) // 16))

    def score(self, id, rows):
        began = time.perf_counter()
        probabilities = self.learner.classifier.predict_proba(self.data[np.array(rows)])
        return dict(seconds=time.perf_counter() - began, probabilities=probabilities.tolist())


if __name__ == '__main__':
    serve(SmallText())
