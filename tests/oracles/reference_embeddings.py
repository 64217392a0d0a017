#!/usr/bin/env python3
"""Reference embeddings of sentences from a checkpoint folder, by PyTorch.

    python tests/oracles/reference_embeddings.py --model FOLDER --in sentences.txt --out embeddings.npy [--batch 32]

Reads one sentence a line (UTF-8; an empty line is an empty sentence) and writes float32 [sentences, width]. The folder is
a Hugging Face or sentence-transformers checkpoint; pooling, Dense modules, normalization, maximum length and prompts are
applied as sentence-transformers does, from the same files. It is not imported: the few steps are written out here, so
that the reference can be read in one page. `--ids FILE` also writes the token ids as JSON, `--double` runs in double
precision. Needs torch, transformers and numpy.
"""

import argparse
import json
import os

import numpy as np
import torch
import transformers

OLD_POOLING = {"pooling_mode_cls_token": "cls", "pooling_mode_max_tokens": "max", "pooling_mode_mean_tokens": "mean",
               "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens"}


def read_json(*parts, default=None):
    path = os.path.join(*parts)
    if not os.path.exists(path):
        return default
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def pool(hidden, mask, mode):
    """hidden [batch, tokens, width], mask [batch, tokens] -> [batch, width]."""
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    if mode == "cls":
        return hidden[:, 0]
    if mode == "max":
        return hidden.masked_fill(weights == 0, float("-inf")).max(1).values
    total, count = (hidden * weights).sum(1), weights.sum(1).clamp(min=1e-9)
    if mode == "mean":
        return total / count
    if mode == "mean_sqrt_len_tokens":
        return total / count.sqrt()
    raise SystemExit(f"pooling mode {mode!r} is not implemented")


def load_dense(folder, dtype):
    config = read_json(folder, "config.json")
    layer = torch.nn.Linear(config["in_features"], config["out_features"], bias=config.get("bias", True))
    path = os.path.join(folder, "model.safetensors")
    if os.path.exists(path):
        import safetensors.torch
        state = safetensors.torch.load_file(path)
    else:
        state = torch.load(os.path.join(folder, "pytorch_model.bin"), weights_only=True)
    layer.load_state_dict({k.removeprefix("linear."): v.float() for k, v in state.items()})
    activation = config.get("activation_function", "torch.nn.modules.activation.Tanh").rsplit(".", 1)[1]
    layer, function = layer.to(dtype), {"Tanh": torch.tanh, "Identity": lambda x: x}[activation]
    return lambda x: function(layer(x))


class Reference:
    """The folder's encoder with the modules behind it; embed() gives what SentenceTransformer.encode would."""

    def __init__(self, folder, double=False, pooling=None, max_tokens=None):
        dtype = torch.float64 if double else torch.float32
        modules = read_json(folder, "modules.json")
        self.pooling, self.steps, encoder = pooling or "mean", [], folder
        for module in modules or []:
            kind, path = module["type"].rsplit(".", 1)[1], os.path.join(folder, module["path"])
            if kind == "Transformer":
                encoder = path
            elif kind == "Pooling":
                config = read_json(path, "config.json")
                modes = config.get("pooling_mode") or [v for k, v in OLD_POOLING.items() if config.get(k)] or "mean"
                modes = [modes] if isinstance(modes, str) else modes
                if len(modes) != 1:
                    raise SystemExit(f"pooling modes {modes} at once are not implemented")
                self.pooling = pooling or modes[0]
            elif kind == "Dense":
                self.steps.append(load_dense(path, dtype))
            elif kind == "Normalize":
                self.steps.append(lambda x: torch.nn.functional.normalize(x, p=2, dim=-1))
            else:
                raise SystemExit(f"module {module['type']} is not implemented")
        self.model = transformers.AutoModel.from_pretrained(encoder, dtype=torch.float32, attn_implementation="eager")
        self.model = self.model.to(dtype).eval()
        self.tokenizer = transformers.AutoTokenizer.from_pretrained(encoder)
        sentence_config = read_json(encoder, "sentence_bert_config.json", default={})
        positions = self.model.config.max_position_embeddings - (2 if self.model.config.model_type == "mpnet" else 0)
        limit = sentence_config.get("max_seq_length") or self.tokenizer.model_max_length
        self.max_tokens = int(min(max_tokens or limit, positions))
        self.lowercase = bool(sentence_config.get("do_lower_case"))
        config = read_json(folder, "config_sentence_transformers.json", default={})
        self.prompts, self.default_prompt = config.get("prompts") or {}, config.get("default_prompt_name")

    def tokenize(self, texts, prompt=None):
        name = prompt if prompt is not None else self.default_prompt
        before = self.prompts[name] if name else ""
        texts = [before + text for text in texts]
        if self.lowercase:
            texts = [text.lower() for text in texts]
        return self.tokenizer(texts, padding=True, truncation=True, max_length=self.max_tokens, return_tensors="pt")

    def embed(self, texts, prompt=None):
        batch = self.tokenize(texts, prompt)
        inputs = {"input_ids": batch["input_ids"], "attention_mask": batch["attention_mask"]}
        with torch.no_grad():
            x = pool(self.model(**inputs).last_hidden_state, inputs["attention_mask"], self.pooling)
            for step in self.steps:
                x = step(x)
        return x.float().numpy(), [ids[mask.bool()].tolist() for ids, mask in zip(*inputs.values())]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", required=True, metavar="FOLDER")
    parser.add_argument("--in", required=True, dest="sentences", metavar="FILE")
    parser.add_argument("--out", required=True, metavar="NPY")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--prompt", help="name of a prompt of the model")
    parser.add_argument("--pooling", help="in place of the checkpoint's own")
    parser.add_argument("--max-tokens", type=int, help="where text is cut, in place of the checkpoint's own")
    parser.add_argument("--double", action="store_true")
    parser.add_argument("--ids", metavar="JSON")
    options = parser.parse_args()
    with open(options.sentences, encoding="utf-8", newline="\n") as f:
        sentences = f.read().split("\n")
    if sentences and sentences[-1] == "":
        sentences.pop()
    reference = Reference(options.model, options.double, options.pooling, options.max_tokens)
    # By length, so that batches hold little padding; the rows come back in the order of the file.
    order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]))
    rows, ids = [None] * len(sentences), [None] * len(sentences)
    for begin in range(0, len(order), options.batch):
        part = order[begin:begin + options.batch]
        embedded, tokens = reference.embed([sentences[i] for i in part], options.prompt)
        for i, row, token_ids in zip(part, embedded, tokens):
            rows[i], ids[i] = row, token_ids
        print(f"\r{min(begin + options.batch, len(order))} of {len(order)} sentences", end="", flush=True)
    print()
    np.save(options.out, np.stack(rows).astype(np.float32))
    if options.ids:
        with open(options.ids, "w", encoding="utf-8") as f:
            json.dump(ids, f)


if __name__ == "__main__":
    main()
