"""The inner loops of XNNPACK and KleidiAI that do what Linnet's do, from checkouts of theirs."""
import dataclasses
import pathlib
import shutil
import subprocess

import compilers

XNNPACK_FILES = "src/qs8-qc8w-gemm/gen/qs8-qc8w-gemm-{}"
XNNPACK_FLOAT_FILES = "src/f32-gemm/gen/f32-gemm-{}"
KLEIDIAI_FILES = "kai/ukernels/matmul/matmul_clamp_f32_qai8dxp_qsi8cxp/kai_matmul_clamp_f32_qai8dxp{}"
KLEIDIAI_FLOAT_FILES = "kai/ukernels/matmul/matmul_clamp_f32_f32_f32p/kai_matmul_clamp_f32_f32_f32p{}"


@dataclasses.dataclass(frozen=True)
class Peer:
    isa: str       # of ours that it is measured beside
    library: str
    tile: str
    file: str
    march: str = ""

    @property
    def in_assembly(self):
        return self.file.endswith(".S")


def xnnpack(isa, tile, name, march="", files=XNNPACK_FILES):
    return Peer(isa, "XNNPACK", tile, files.format(name), march)


def kleidiai(isa, tile, name, march="", files=KLEIDIAI_FILES):
    return Peer(isa, "KleidiAI", tile, files.format(name), march)


DOTPROD, I8MM = "armv8.2-a+dotprod", "armv8.2-a+dotprod+i8mm"
PEERS = (
    xnnpack("dotprod", "4x16c4", "4x16c4-minmax-fp32-asm-aarch64-neondot-ld128.S", DOTPROD),
    xnnpack("dotprod", "4x16c4, for A55", "4x16c4-minmax-fp32-asm-aarch64-neondot-cortex-a55.S", DOTPROD),
    xnnpack("dotprod", "4x16c4", "4x16c4-minmax-fp32-neondot.c", DOTPROD),
    xnnpack("dotprod", "6x16c4", "6x16c4-minmax-fp32-neondot.c", DOTPROD),
    kleidiai("dotprod", "16x4", "4x4_qsi8cxp4x4_16x4_neon_dotprod.c", DOTPROD),
    xnnpack("i8mm", "4x16c8", "4x16c8-minmax-fp32-neoni8mm.c", I8MM),
    xnnpack("i8mm", "6x16c8", "6x16c8-minmax-fp32-neoni8mm.c", I8MM),
    kleidiai("i8mm", "16x4", "4x8_qsi8cxp4x8_16x4_neon_i8mm_asm.S", I8MM),
    xnnpack("neon", "2x8c8", "2x8c8-minmax-fp32-asm-aarch64-neon-mlal.S"),
    xnnpack("neon", "2x8c8, for A53", "2x8c8-minmax-fp32-asm-aarch64-neon-mlal-cortex-a53.S"),
    xnnpack("neon", "2x8c16", "2x8c16-minmax-fp32-asm-aarch64-neon-mlal.S"),
    xnnpack("neon", "4x16", "4x16-minmax-fp32-asm-aarch64-neon-mlal-lane-ld64.S"),
    xnnpack("neon", "4x16, for A53", "4x16-minmax-fp32-asm-aarch64-neon-mlal-lane-cortex-a53.S"),
    xnnpack("neon", "2x8c4s2", "2x8c4s2-minmax-fp32-neon-mlal.c"),
    xnnpack("armv7neon", "4x8", "4x8-minmax-fp32-asm-aarch32-neon-mlal-lane-ld64.S"),
    xnnpack("armv7neon", "4x8, for A7", "4x8-minmax-fp32-asm-aarch32-neon-mlal-lane-cortex-a7.S"),
    xnnpack("armv7neon", "4x8, for A53", "4x8-minmax-fp32-asm-aarch32-neon-mlal-lane-cortex-a53.S"),
    xnnpack("armv7neon", "2x8c4s2", "2x8c4s2-minmax-fp32-neon-mlal.c"),
    xnnpack("neon, float32", "6x8", "6x8-minmax-asm-aarch64-neonfma-ld128.S", files=XNNPACK_FLOAT_FILES),
    xnnpack("neon, float32", "6x8, for A75", "6x8-minmax-asm-aarch64-neonfma-cortex-a75.S", files=XNNPACK_FLOAT_FILES),
    xnnpack("neon, float32", "4x16", "4x16-minmax-asm-aarch64-neonfma-ld128.S", files=XNNPACK_FLOAT_FILES),
    xnnpack("neon, float32", "6x16", "6x16-minmax-aarch64-neonfma-lane-ld128.c", files=XNNPACK_FLOAT_FILES),
    kleidiai("neon, float32", "6x16", "16x1b_6x16_neon_mla_asm.S", files=KLEIDIAI_FLOAT_FILES),
    kleidiai("neon, float32", "6x16, for A55", "16x1b_6x16_neon_mla_cortexa55_asm.S", files=KLEIDIAI_FLOAT_FILES),
)


def version(folder):
    """The commit and its day, of a checkout."""
    done = subprocess.run(["git", "-C", folder, "log", "-1", "--format=%h of %cs"], capture_output=True, text=True)
    return done.stdout.strip() or "of an unknown version"


def builds(peer, folder, architecture, work):
    """Compiles it as its own build would, with each compiler -> [(the compiler's name, object)]."""
    triple = {"aarch64": "aarch64-linux-gnu", "arm": "arm-linux-gnueabihf"}[architecture]
    # XNNPACK's header asks for a type of this library, and its microkernels for nothing of it.
    stub = work / "stub"
    stub.mkdir(parents=True, exist_ok=True)
    (stub / "pthreadpool.h").write_text("typedef struct pthreadpool* pthreadpool_t;\n")
    flags = ["-O2", f"-I{folder}", f"-I{folder / 'include'}", f"-I{stub}"]
    if architecture == "arm":
        # XNNPACK assembles all of its 32-bit files with what its dot products need.
        flags += ["-march=armv8.2-a+dotprod+fp16", "-mfpu=neon-fp-armv8"] if peer.in_assembly else \
            ["-march=armv7-a", "-mfpu=neon"]
    elif peer.march:
        flags += [f"-march={peer.march}"]
    programs = [[f"{triple}-gcc"]]
    if not peer.in_assembly and shutil.which("clang"):
        programs.append(["clang", f"--target={triple}"])
    made = []
    for program in programs:
        made.append(work / f"{pathlib.Path(peer.file).stem}-{program[0]}.o")
        compilers.run([*program, *flags, "-c", folder / peer.file, "-o", made[-1]])
    names = ["assembly"] if peer.in_assembly else [
        f"{'g++' if 'gcc' in program[0] else 'clang'} {compilers.version_of(program)}" for program in programs]
    return list(zip(names, made))
