#!/usr/bin/env python3
"""Writes the tiny checkpoints of tests/data/models/hf and what PyTorch computes with them.

    python tests/oracles/make_tiny_models.py [--out tests/data/models/hf]

Each folder is a checkpoint as Hugging Face or sentence-transformers would save it (seeded random weights of the scale
that trained encoders have), plus `expected/`:

    cases.json   {"sequences": [[token id, ...], ...], "texts": [text, ...], "prompt": name or null}
    hidden.npy   float32 [tokens of all sequences, hidden]: the last hidden state, each sequence run alone
    pooled.npy   float32 [sequences, out]: the sentence embedding of each sequence
    texts.npy    float32 [texts, out]: the sentence embedding of each text behind the prompt, by the folder's tokenizer

The forward pass runs in double precision over the stored weights, so that its own rounding is not part of the test.
Needs torch, transformers, tokenizers and safetensors; made with torch 2.15.0, transformers 5.23.0, tokenizers 0.23.3.
"""

import argparse
import json
import math
import os
import random
import shutil

import numpy as np
import safetensors.torch
import torch
import transformers
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

WORDS = ("the a of to and in is it for on with that this cat dog bird house water play runs over under small "
         "big red blue ##s ##ing ##ed ##er ##ly un re ? ! , . - ' #").split()
TEXTS = ["the cat runs over the small house.", "A dog, a bird; and WATER!", "playing under blue houses 24 times",
         "", "zebra xylophone quickly unplayed", "the " * 30 + "end"]


def vocabulary(special):
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = list(special) + list(letters) + ["##" + c for c in letters] + list("0123456789") + WORDS
    return {word: i for i, word in enumerate(dict.fromkeys(words))}


def write_tokenizer(folder, special, roles, model_max_length, truncation=None):
    """A WordPiece tokenizer with BERT's normalizer; `roles` are the tokens used as cls, sep, unk and pad."""
    cls, sep, unk, pad = roles
    vocab = vocabulary(special)
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token=unk, max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    if cls == "<s>":
        tokenizer.post_processor = processors.RobertaProcessing((sep, vocab[sep]), (cls, vocab[cls]),
                                                                trim_offsets=False, add_prefix_space=False)
    else:
        tokenizer.post_processor = processors.TemplateProcessing(
            single=f"{cls} $A {sep}", pair=f"{cls} $A {sep} $B:1 {sep}:1",
            special_tokens=[(cls, vocab[cls]), (sep, vocab[sep])])
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    if truncation:
        tokenizer.enable_truncation(truncation)
    tokenizer.save(os.path.join(folder, "tokenizer.json"))
    write_json(folder, "tokenizer_config.json", {
        "tokenizer_class": "MPNetTokenizer" if cls == "<s>" else "BertTokenizer", "do_lower_case": True,
        "cls_token": cls, "sep_token": sep, "unk_token": unk, "pad_token": pad, "model_max_length": model_max_length})
    return vocab


def write_json(folder, name, value):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as f:
        json.dump(value, f, indent=None if name.endswith("cases.json") else 1, ensure_ascii=False)
        f.write("\n")


def randomize(model, generator):
    """Linear layers with a gain near one, norms near identity: what trained encoders look like, at any width."""
    with torch.no_grad():
        for name, p in sorted(model.named_parameters()):
            noise = torch.randn(p.shape, generator=generator)
            if "LayerNorm" in name or "layer_norm" in name or "_norm" in name:
                p.copy_(1 + 0.2 * noise if name.endswith("weight") else 0.1 * noise)
            elif "relative_attention_bias" in name:
                p.copy_(noise)
            elif "embeddings." in name:
                p.copy_(0.5 * noise)
            elif p.dim() == 2:
                p.copy_(1.1 / math.sqrt(p.shape[1]) * noise)
            else:
                p.copy_(0.1 * noise)


def pool(hidden, mode):
    if mode == "mean":
        return hidden.mean(0)
    if mode == "cls":
        return hidden[0]
    if mode == "max":
        return hidden.max(0).values
    if mode == "mean_sqrt_len_tokens":
        return hidden.sum(0) / math.sqrt(hidden.shape[0])
    raise ValueError(mode)


def write_expected(folder, name, encoder, head, vocab_size, lengths, special_ids, prompts, max_length):
    """Runs `encoder` and then `head` (hidden [tokens, width] -> embedding) over random ids and over TEXTS."""
    rng = random.Random("cases of " + name)
    sequences = []
    for n in lengths:
        ids = [rng.randrange(vocab_size) for _ in range(n)]
        ids[0] = special_ids["cls"]
        if n > 2:
            ids[-1] = special_ids["sep"]
        if n > 4:
            ids[n // 2] = special_ids["pad"]  # padding ids inside a sequence are tokens like all others
        sequences.append(ids)
    encoder = encoder.double().eval()

    def run(ids):
        with torch.no_grad():
            x = torch.tensor([ids])
            return encoder(input_ids=x, attention_mask=torch.ones_like(x)).last_hidden_state[0]

    hidden = [run(ids) for ids in sequences]
    expected = os.path.join(folder, "expected")
    os.makedirs(expected)
    np.save(os.path.join(expected, "hidden.npy"), torch.cat(hidden).numpy().astype(np.float32))
    np.save(os.path.join(expected, "pooled.npy"), torch.stack([head(h) for h in hidden]).numpy().astype(np.float32))
    prompt_name = next(iter(prompts), None)
    tokenizer = Tokenizer.from_file(os.path.join(folder, "tokenizer.json"))
    tokenizer.enable_truncation(max_length)
    text_ids = [tokenizer.encode(prompts.get(prompt_name, "") + text).ids for text in TEXTS]
    rows = torch.stack([head(run(ids)) for ids in text_ids])
    np.save(os.path.join(expected, "texts.npy"), rows.numpy().astype(np.float32))
    write_json(folder, "expected/cases.json", {
        "sequences": sequences, "texts": TEXTS, "text_ids": text_ids, "prompt": prompt_name})


def dense_head(folder, path, rng, in_width, out_width, activation, bias):
    """Writes a Dense module and returns its function."""
    layer = torch.nn.Linear(in_width, out_width, bias=bias)
    randomize(layer, rng)
    os.makedirs(os.path.join(folder, path))
    state = {"linear." + k: v.contiguous() for k, v in layer.state_dict().items()}
    save_file(state, os.path.join(folder, path, "model.safetensors"))
    name = {"tanh": "torch.nn.modules.activation.Tanh", "identity": "torch.nn.modules.linear.Identity"}[activation]
    write_json(folder, path + "/config.json", {"in_features": in_width, "out_features": out_width, "bias": bias,
                                               "activation_function": name})
    layer = layer.double()
    return lambda x: (torch.tanh(layer(x)) if activation == "tanh" else layer(x)).detach()


def save_file(tensors, path):
    safetensors.torch.save_file(tensors, path, metadata={"format": "pt"})
    os.chmod(path, 0o644)


def save_weights(folder, state, dtype, shards):
    state = {k: (v.to(dtype) if v.is_floating_point() else v).clone().contiguous() for k, v in sorted(state.items())}
    if shards == 1:
        save_file(state, os.path.join(folder, "model.safetensors"))
        return
    names, weight_map = list(state), {}
    for i in range(shards):
        part = names[i * len(names) // shards:(i + 1) * len(names) // shards]
        shard = f"model-{i + 1:05d}-of-{shards:05d}.safetensors"
        save_file({n: state[n] for n in part}, os.path.join(folder, shard))
        weight_map.update({n: shard for n in part})
    total = sum(v.numel() * v.element_size() for v in state.values())
    write_json(folder, "model.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": weight_map})


BERT_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
MPNET_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
LENGTHS = [1, 2, 3, 7, 16, 40]


def make(out, name, seed, model, *, dtype=torch.float32, shards=1, rename=None, buffers=None, pooling="mean",
         dense=None, normalize=False, modules="none", prompts=None, default_prompt=None, max_seq_length=None,
         model_max_length=512, truncation=None, mpnet=False, lengths=LENGTHS):
    folder = os.path.join(out, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    rng = torch.Generator().manual_seed(seed)
    randomize(model, rng)
    with torch.no_grad():  # what is stored is what is run
        for p in model.parameters():
            p.copy_(p.to(dtype).to(torch.float32))
    config = model.config.to_dict()
    config.update({"_name_or_path": "linnet/" + name.replace("_", "-"), "architectures": [type(model).__name__]})
    write_json(folder, "config.json", config)
    state = {**model.state_dict(), **(buffers or {})}
    tied = set(getattr(model, "_tied_weights_keys", None) or {})
    state = {(rename or (lambda k: k))(k): v for k, v in state.items() if k not in tied}
    save_weights(folder, state, dtype, shards)
    special = MPNET_SPECIAL if mpnet else BERT_SPECIAL
    roles = ("<s>", "</s>", "<unk>", "<pad>") if mpnet else ("[CLS]", "[SEP]", "[UNK]", "[PAD]")
    vocab = write_tokenizer(folder, special, roles, model_max_length, truncation)
    positions = config["max_position_embeddings"] - (2 if mpnet else 0)
    encoder = getattr(model, model.base_model_prefix, model)
    width = getattr(encoder.config, "hidden_size", None) or encoder.config.dim
    steps = []
    if modules != "none":
        package = "sentence_transformers.models." if modules == "old" else "sentence_transformers.base.modules."
        list_ = [{"idx": 0, "name": "0", "path": "", "type": package + "Transformer"},
                 {"idx": 1, "name": "1", "path": "1_Pooling", "type": package + "Pooling"}]
        if modules == "old":
            flags = {"pooling_mode_cls_token": "cls", "pooling_mode_mean_tokens": "mean",
                     "pooling_mode_max_tokens": "max", "pooling_mode_mean_sqrt_len_tokens": "mean_sqrt_len_tokens"}
            write_json(folder, "1_Pooling/config.json",
                       {"word_embedding_dimension": width, **{k: v == pooling for k, v in flags.items()}})
            write_json(folder, "sentence_bert_config.json", {"max_seq_length": max_seq_length, "do_lower_case": False})
        else:
            write_json(folder, "1_Pooling/config.json",
                       {"embedding_dimension": width, "pooling_mode": pooling, "include_prompt": True})
            write_json(folder, "sentence_bert_config.json", {
                "transformer_task": "feature-extraction", "module_output_name": "token_embeddings",
                "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state"}}})
        if dense:
            out_width, activation, bias = dense
            steps.append(dense_head(folder, "2_Dense", rng, width, out_width, activation, bias))
            list_.append({"idx": 2, "name": "2", "path": "2_Dense", "type": package + "Dense"})
        if normalize:
            steps.append(lambda x: x / x.norm().clamp(min=1e-12))
            list_.append({"idx": len(list_), "name": str(len(list_)), "path": f"{len(list_)}_Normalize",
                          "type": package + "Normalize"})
        write_json(folder, "modules.json", list_)
        write_json(folder, "config_sentence_transformers.json",
                   {"prompts": prompts or {}, "default_prompt_name": default_prompt, "similarity_fn_name": "cosine"})

    def head(hidden):
        x = pool(hidden, pooling)
        for step in steps:
            x = step(x)
        return x

    limit = max_seq_length or (model_max_length if model_max_length < 1e6 else None) or truncation or positions
    write_expected(folder, name, encoder, head, len(vocab), [n for n in lengths if n <= positions],
                   {"cls": vocab[roles[0]], "sep": vocab[roles[1]], "pad": vocab[roles[3]]}, prompts or {},
                   min(limit, positions))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=os.path.join(os.path.dirname(__file__), "../data/models/hf"))
    out = parser.parse_args().out
    torch.manual_seed(0)
    t = transformers
    bert_vocab = len(vocabulary(BERT_SPECIAL))
    mpnet_vocab = len(vocabulary(MPNET_SPECIAL))
    old_names = lambda k: k.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")

    def bert(**kw):
        defaults = dict(vocab_size=bert_vocab, hidden_size=36, num_hidden_layers=2, num_attention_heads=3,
                        intermediate_size=50, max_position_embeddings=44, attn_implementation="eager")
        return t.BertConfig(**{**defaults, **kw})

    # The everyday case: sentence-transformers, mean pooling, normalized, with a pooler and a buffer to drop.
    make(out, "tiny_bert", 1, t.BertModel(bert()), modules="old", normalize=True, max_seq_length=24,
         buffers={"embeddings.position_ids": torch.arange(44)[None]},
         prompts={"query": "the big ", "passage": ""})
    # Pretraining heads and a prefix, names as TensorFlow had them, half precision in two shards, a larger epsilon.
    make(out, "bert_gelu_new", 2,
         t.BertForPreTraining(bert(hidden_size=40, num_attention_heads=5, hidden_act="gelu_new", layer_norm_eps=1e-5)),
         dtype=torch.float16, shards=2, rename=old_names, model_max_length=int(1e30), truncation=20)
    # First-token pooling, a Dense module with tanh, bfloat16, a vocabulary table larger than the tokenizer's.
    make(out, "bert_relu", 3,
         t.BertModel(bert(vocab_size=bert_vocab + 9, hidden_act="relu", type_vocab_size=1, intermediate_size=70),
                     add_pooling_layer=False),
         dtype=torch.bfloat16, modules="old", pooling="cls", dense=(20, "tanh", True), normalize=True,
         max_seq_length=100)
    # The newer module files, maximum pooling, a Dense module without bias and activation, one wide head.
    make(out, "bert_silu", 4, t.BertModel(bert(hidden_size=28, num_attention_heads=1, hidden_act="silu",
                                               num_hidden_layers=3), add_pooling_layer=False),
         modules="new", pooling="max", dense=(17, "identity", False), model_max_length=31)
    make(out, "distilbert_gelu", 5, t.DistilBertForSequenceClassification(t.DistilBertConfig(
        vocab_size=bert_vocab, dim=36, n_layers=2, n_heads=3, hidden_dim=50, max_position_embeddings=44,
        attn_implementation="eager")), model_max_length=int(1e30))
    make(out, "electra_gelu", 6, t.ElectraForPreTraining(t.ElectraConfig(
        vocab_size=bert_vocab, embedding_size=20, hidden_size=36, num_hidden_layers=2, num_attention_heads=3,
        intermediate_size=50, max_position_embeddings=44, attn_implementation="eager")))
    # Relative positions: one sequence longer than the distance at which the last bucket begins (91).
    make(out, "mpnet_gelu", 7, t.MPNetForMaskedLM(t.MPNetConfig(
        vocab_size=mpnet_vocab, hidden_size=36, num_hidden_layers=2, num_attention_heads=3, intermediate_size=50,
        max_position_embeddings=132, attn_implementation="eager")), modules="old", mpnet=True, max_seq_length=100,
        pooling="mean_sqrt_len_tokens", lengths=[1, 2, 5, 23, 130])


if __name__ == "__main__":
    main()
