"""What is measured: Linnet's inner loops, the cores they are modelled for, and the bars they are held to."""
import dataclasses


@dataclasses.dataclass(frozen=True)
class Core:
    name: str        # as the tables have it
    model: str       # llvm-mca's
    probe: str       # the fastest multiplication of the instruction set: how many of them a cycle is the peak
    stands_for: str
    in_order: bool = False  # its vector unit at least: `bound` tells more than a share
    arm32: bool = False
    attributes: str = ""

    def triple(self, instructions):
        if not self.arm32:
            return "aarch64"
        # Thumb's instructions may have two bytes.
        return "thumbv7" if any(each.address % 4 for each in instructions) else "armv7"


SDOT = ("sdot", "v{0}.4s, v30.16b, v31.4b[0]")
SMMLA = ("smmla", "v{0}.4s, v30.16b, v31.16b")
SMLAL = ("smlal", "v{0}.8h, v30.8b, v31.8b")
FMLA = ("fmla", "v{0}.4s, v30.4s, v31.s[0]")
VMLAL = ("vmlal.s8", "q{0}, d30, d31")
ALL = "+dotprod,+i8mm"


@dataclasses.dataclass(frozen=True)
class Kernel:
    isa: str
    tile: str
    source: str            # in runtime/kernels/
    function: str          # a pattern for its symbol: the fullest tile, by its template arguments
    architecture: str      # aarch64 or arm
    cores: tuple
    rows: int
    columns: int
    most_per_16: float                           # instructions per 16 multiply-adds
    least_share: tuple = ()                      # (core's name, share of peak)
    pairs_rows: bool = False                     # also has a loop that interleaves rows


N1 = "Neoverse N1"
V1 = "Neoverse V1"
A72 = "Cortex-A72"
KERNELS = (
    Kernel("dotprod", "6x16", "dotprod/gemm_f32_s8s8_6x16_dotprod.cpp", r"8dot_tileIL[mj]6EE", "aarch64",
           (Core(N1, "neoverse-n1", SDOT, "Cortex-A76, Raspberry Pi 5", attributes=ALL),
            Core(V1, "neoverse-v1", SDOT, "cores with four vector pipes: Cortex-X2, Apple's", attributes=ALL),
            Core("Cortex-A55", "cortex-a55", SDOT, "the little cores of phones", in_order=True, attributes=ALL)),
           6, 16, 1.20, ((N1, 0.95),)),
    Kernel("i8mm", "16x4", "i8mm/gemm_f32_s8s8_16x4_i8mm.cpp", r"10block_tileIL[mj]8EE", "aarch64",
           (Core(V1, "neoverse-v1", SMMLA, "Graviton 3, Cortex-X2", attributes=ALL),
            Core("Neoverse N2", "neoverse-n2", SMMLA, "Cortex-A710", attributes=ALL)),
           16, 4, 0.88, ((V1, 0.85),), pairs_rows=True),
    Kernel("neon", "2x16", "neon/gemm_f32_s8s8_2x16_neon.cpp", r"16widening_columnsIL[mj]2EL[mj]16EE", "aarch64",
           (Core(A72, "cortex-a72", SMLAL, "Raspberry Pi 4"),
            Core("Cortex-A57", "cortex-a57", SMLAL, "Jetson Nano"),
            Core("Cortex-A53", "cortex-a53", SMLAL, "Raspberry Pi 3", in_order=True)),
           2, 16, 3.81, ((A72, 0.95),)),
    Kernel("armv7neon", "2x8", "armv7neon/gemm_f32_s8s8_2x8_armv7neon.cpp", r"16widening_columnsIL[mj]2EL[mj]8EE", "arm",
           (Core("Cortex-A57, 32 bits", "cortex-a57", VMLAL, "32-bit systems on 64-bit boards", arm32=True),
            Core("Cortex-A9", "cortex-a9", VMLAL, "old boards and phones", in_order=True, arm32=True, attributes="+neon")),
           2, 8, 5.12),
    Kernel("neon, float32", "6x16", "neon/gemm_f32_f32f32_6x16_neon.cpp", r"12element_tileIL[mj]6EL[mj]1EE", "aarch64",
           (Core(A72, "cortex-a72", FMLA, "Raspberry Pi 4"),
            Core(N1, "neoverse-n1", FMLA, "Cortex-A76, Raspberry Pi 5", attributes=ALL)),
           6, 16, 4.75, ((A72, 0.95), (N1, 0.95))),
)
