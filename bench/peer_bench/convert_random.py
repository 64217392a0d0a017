"""A checkpoint of BERT-base's shape with random weights, for timing; needs the environment of the peers.

    convert_random.py TOKENIZER_CHECKPOINT OUT_FOLDER

The tokenizer and the sentence-transformers files are those of the first folder.
"""
import json
import pathlib
import shutil
import sys

import torch
import transformers


def main():
    source, out = map(pathlib.Path, sys.argv[1:3])
    torch.manual_seed(0)
    shutil.copytree(source, out, dirs_exist_ok=True, ignore=shutil.ignore_patterns("model.safetensors", "complete"))
    config = transformers.BertConfig(vocab_size=30522)  # the defaults are BERT-base
    transformers.BertModel(config).eval().save_pretrained(out)
    saved = out / "config.json"  # as published checkpoints have it; CTranslate2 reads it
    saved.write_text(json.dumps({**json.loads(saved.read_text()), "position_embedding_type": "absolute"}, indent=2))
    pooling = out / "1_Pooling" / "config.json"
    settings = json.loads(pooling.read_text())
    pooling.write_text(json.dumps({**settings, "word_embedding_dimension": config.hidden_size}))


main()
