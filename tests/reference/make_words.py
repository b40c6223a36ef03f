"""Writes alnb/tokenize/testdata: small tokenizers, and in words.json what Python's tokenizers give for lists of words and
for texts. The Go test compares with it.

  python -m venv V && V/bin/pip install torch==2.15.0 transformers==5.24.0 tokenizers safetensors
  V/bin/python tests/reference/make_words.py

  tiny-xlnet/           a Unigram tokenizer in XLNet's form
  vocab-uncased/        vocab.txt alone, as old checkpoints have it; of a DistilBERT
  vocab-cased/          vocab.txt with the tokenizer_config.json of transformers 4's slow BertTokenizer
  vocab-accents/        vocab.txt without [PAD] and [MASK], in lower case with its accents, Chinese characters not taken apart

words.json has for each folder and limit, for each list, ids, types, the position of each word's first sub-word (-1 where
there is none), and how many words have sub-words past the limit only. U+0000 is removed before Python sees it.
"""
import json, os, random, shutil
from make_families import TESTDATA as MODELS, TEXTS, WORDS, unigram
from transformers import AutoTokenizer
from tokenizers import Tokenizer

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'alnb', 'tokenize', 'testdata')
LIMITS = (8, 16, 64)
LISTS = [
    [], [''], ['\0'], ['a', '', 'b'], ['', '', 'fox', '\0', 'd\0og', ''], ['fox\0'], [' ', 'fox', '\t\n', 'dog'], ['New York', 'is', ' a  city '],
    ['naïve', 'Ångström', 'e\u0301', 'İstanbul', 'ﬁne', '½'], ['東京タワー', 'は', '赤い', '。', 'A東B'], ['👩‍👩‍👧‍👦', '🏳️‍🌈', '😀!', 'x😀y'],
    ['(', '"', "don't", 'U.S.', '...', '1,234.5', '--', '``', "''", '€12'], ['\u200b', 'a\u200bb', '\u200d', '\ufeff', 'fox', '\u00ad', 'soft\u00adhyphen'],
    ['\x01', '\x7f\x1f', 'a\x02b', '\x85', '\u2028', 'fox', '\u202eabc\u202c', '\ufffd'], ['\u0301', 'fox', '\u0301abc', '\u0308\u0301', 'a\u0301\u0308'],
    ['x' * 101, 'fox', 'y' * 100, 'dog'], ['antidisestablishmentarianism'] * 4, ['¨', 'a¨b', '\u00a0', 'a\u00a0b', '\u3000', '﷽', '㈱', '™'],
    ['[SEP]', '[MASK]', 'a[SEP]b', '[CLS]', '[sep]', '[UNK]'], ['fox', '<mask>', 'dog', ' ', '<mask>', 'a<mask>b', '<sep>', '<cls>', '<pad>', ' <mask>', 'x ', '<mask>'],
    ['▁', '▁fox', 'fox▁dog', '▁▁', 'a'], ['##ing', '##', 'fox##dog'], ['क्षि', 'नमस्ते', 'สวัสดี', 'שלום', 'مرحبا'], ['𝕞𝕒𝕥𝕙', '\U000e0041', '\ue000', 'ﬃ', 'ǆ'],
    ['The', 'quick', 'brown', 'fox', 'jumps', 'over', 'the', 'lazy', 'dog', '.'] * 8,
]
CHARS = "aeiouxyzABCÄéñßİ東京赤あ한😀👩\u200d\ufe0f\u0301\u0308\u200b\u00ad\x01\t \u00a0.,-'\"`▁¨½ﬁ²Σς\ue000"

def lists():
    r = random.Random(1); pool = [w for l in LISTS for w in l] + [w for l in WORDS for w in l.split(' ')]
    word = lambda: r.choice(pool) if r.random() < .6 else ''.join(r.choice(CHARS) for _ in range(r.randint(1, 6)))
    return LISTS + [[word() for _ in range(r.randint(1, 14))] for _ in range(50)]

def texts(): return ['', ' ', '\0', 'a\0b'] + [' '.join(l) for l in LISTS[-12:]] + TEXTS

def vocabulary(folder, lower, leave_out=(), accents=False, **config):
    shutil.rmtree(folder, ignore_errors=True); os.makedirs(folder)
    text = ' '.join(' '.join(l) for l in LISTS) + ' '.join(TEXTS); text = text.lower() if lower else text
    chars = [c for c in sorted(set(text)) if c.isalnum() and (c.isascii() or accents or not lower) or not c.isalnum() and c.isascii() and c.isprintable() and c != ' ']
    words = sorted({w for w in text.split() if w.isascii() and w.isalpha() and len(w) < 12})[::2]
    lines = [t for t in ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] if t not in leave_out] + chars + ['##' + c for c in chars] + [w for w in words if len(w) > 1] + ['##ing', '##s', '##er']
    with open(os.path.join(folder, 'vocab.txt'), 'w', encoding='utf8', newline='') as f:
        f.write(''.join(l + (' \r\n' if i % 7 == 3 else '\n') for i, l in enumerate(lines))); f.write('##ed')
    with open(os.path.join(folder, 'config.json'), 'w') as f: json.dump(dict(model_type=config.pop('model_type')), f)
    if config:
        with open(os.path.join(folder, 'tokenizer_config.json'), 'w') as f: json.dump(config, f, indent=1)

def encode(tokenizer, rows, limit, words):
    out = []
    for row in rows:
        row = [w.replace('\0', '') for w in row] if words else row.replace('\0', '')
        get = lambda n: tokenizer(row, is_split_into_words=words, truncation=True, max_length=n, return_token_type_ids=True)
        e = get(limit); case = [e['input_ids'], e['token_type_ids']]
        if words:
            of, whole = e.word_ids(), get(10**6).word_ids()
            case += [[of.index(w) if w in of else -1 for w in range(len(row))], len({w for w in whole if w is not None} - set(of))]
        out.append(case)
    return out

def main():
    os.makedirs(OUT, exist_ok=True); xlnet = os.path.join(OUT, 'tiny-xlnet'); shutil.rmtree(xlnet, ignore_errors=True); unigram(xlnet)
    vocabulary(os.path.join(OUT, 'vocab-uncased'), True, model_type='distilbert')
    special = {str(i): dict(content=t, lstrip=False, normalized=False, rstrip=False, single_word=False, special=True) for i, t in enumerate(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'])}
    vocabulary(os.path.join(OUT, 'vocab-cased'), False, model_type='bert', added_tokens_decoder=special, cls_token='[CLS]', mask_token='[MASK]', pad_token='[PAD]', sep_token='[SEP]',
               unk_token='[UNK]', do_basic_tokenize=True, do_lower_case=False, model_max_length=512, never_split=None, strip_accents=None, tokenize_chinese_chars=True, tokenizer_class='BertTokenizer')
    vocabulary(os.path.join(OUT, 'vocab-accents'), True, ('[PAD]', '[MASK]'), True, model_type='electra', strip_accents=False, tokenize_chinese_chars=False, tokenizer_class='ElectraTokenizer')
    folders, words, plain = {}, lists(), texts()
    for name in ('../../model/testdata/tiny-bert', 'tiny-xlnet', 'vocab-uncased', 'vocab-cased', 'vocab-accents'):
        folder = os.path.normpath(os.path.join(OUT, name)); tokenizer = AutoTokenizer.from_pretrained(folder); print(name, type(tokenizer).__name__, len(tokenizer))
        tokenizer.model_max_length = 10**9
        folders[name] = {str(n): dict(words=encode(tokenizer, words, n, True), texts=encode(tokenizer, plain, n, False)) for n in LIMITS}
        path = os.path.join(folder, 'tokenizer.json')
        if os.path.exists(path):                                    # transformers builds its own from the vocabulary: the file's must be the same
            raw = Tokenizer.from_file(path); raw.no_truncation(); raw.no_padding()
            for row, (ids, types, *_) in zip(words, encode(tokenizer, words, 10**6, True)):
                e = raw.encode([w.replace('\0', '') for w in row], is_pretokenized=True); assert (e.ids, e.type_ids) == (ids, types), row
    with open(os.path.join(OUT, 'words.json'), 'w', encoding='utf8') as f:
        json.dump(dict(made_by='tests/reference/make_words.py', words=words, texts=plain, folders=folders), f, separators=(',', ':')); f.write('\n')

if __name__ == '__main__':
    main()
