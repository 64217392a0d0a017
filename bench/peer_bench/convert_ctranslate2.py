"""A checkpoint to CTranslate2's INT8 form; needs the environment of the peers.

    convert_ctranslate2.py CHECKPOINT OUT_FOLDER

Exit code 3, and one line that says why, when CTranslate2 does not know the architecture.
"""
import sys

import ctranslate2.converters


def main():
    try:
        ctranslate2.converters.TransformersConverter(sys.argv[1]).convert(sys.argv[2], quantization="int8", force=True)
    except ValueError as error:
        if "No conversion is registered" not in str(error):
            raise
        print(str(error).split(" (")[0])
        sys.exit(3)


main()
