"""The reference embeddings: float32 by PyTorch; needs the environment of the peers.

    convert_reference.py CHECKPOINT WORKLOAD.json OUT.f32
"""
import json
import pathlib
import sys

import numpy
import sentence_encoder
import torch


def main():
    encoder = sentence_encoder.load(sys.argv[1])
    sequences = json.loads(pathlib.Path(sys.argv[2]).read_text())["sequences"]
    rows = [None] * len(sequences)
    by_length = {}  # only sequences of one length share a batch, so that nothing is padded
    for at, sequence in enumerate(sequences):
        by_length.setdefault(len(sequence), []).append(at)
    with torch.no_grad():
        for places in by_length.values():
            for begin in range(0, len(places), 32):
                some = places[begin:begin + 32]
                ids = torch.tensor([sequences[at] for at in some])
                for at, row in zip(some, encoder(ids, torch.ones_like(ids)).numpy()):
                    rows[at] = row
    numpy.stack(rows).astype("<f4").tofile(sys.argv[3])


main()
