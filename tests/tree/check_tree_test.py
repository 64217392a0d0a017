#!/usr/bin/env python3
"""Each check of check_tree.py finds the fault it is for: faults are planted in a small tree, one at a time."""
import os
import pathlib
import subprocess
import tempfile
import unittest

import check_tree

GOOD = {
    "docs/design.md": """# Design
| folder | what lives there | may include |
| --- | --- | --- |
| `train/` | training | model, base |
| `lab/` | measuring | runtime, model, base |
| `runtime/` | running | model (reading half), base |
| `model/` | the file | base, flatbuffers |
| `base/` | basics | – |
| `tests/`, `docs/` | tests mirror the tree | |
""",
    "docs/cli.md": "`LINNET_ISA` chooses, `LINNET_TOOLS` too.\n",
    "README.md": "`lab/` `runtime/` `model/` `base/` `docs/` `tests/` `scripts/`; see [the design](docs/design.md), "
                 "`lab/a.cpp`, `lab/*.cpp`, `train/new.cpp`, `docs/{design,cli}.md`.\n",
    "CMakeLists.txt": "option(LINNET_TOOLS \"tools\" ON)\n",
    "base/a.h": "\n",
    "model/CMakeLists.txt": "linnet_device_library(linnet_model_read view.cpp)\nlinnet_tool_library(linnet_edit edit.cpp)\n",
    "model/view.h": '#include "base/a.h"\n',
    "model/edit.h": '#include "model/view.h"\n',
    "runtime/a.cpp": '#include "model/view.h"\n  getenv("LINNET_ISA");\n',
    "runtime/include/linnet/linnet.h": "#include <stddef.h>\n",
    "lab/a.cpp": '#include "runtime/a.h"\n#include "model/edit.h"\n',
    "tests/CMakeLists.txt": "linnet_test(a_test SOURCES a_test.cpp)\n",
    "tests/a_test.cpp": '#include "lab/a.h"\n',
    "scripts/go": "#!/bin/sh\n",
}


class CheckTree(unittest.TestCase):
    def problems(self, changes, modes=()):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            subprocess.run(["git", "init", "-q", folder], check=True)
            for name, text in {**GOOD, **changes}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
            os.chmod(root / "scripts/go", 0o755)
            for name, mode in modes:
                os.chmod(root / name, mode)
            return check_tree.Tree(folder).check()

    def assert_found(self, expected, changes, modes=()):
        problems = self.problems(changes, modes)
        self.assertEqual(len(problems), 1, problems)
        self.assertIn(expected, problems[0])

    def test_a_good_tree_has_no_problems(self):
        self.assertEqual(self.problems({}), [])

    def test_upward_include(self):
        self.assert_found("model/view.h:1: model/ may not include lab/", {"model/view.h": '#include "lab/a.h"\n'})

    def test_sideways_include_that_the_table_does_not_name(self):
        self.assert_found("train/x.cpp:1: train/ may not include lab/",
                          {"train/x.cpp": '#include "lab/a.h"\n', "README.md": GOOD["README.md"].replace(
                              "`train/new.cpp`", "`train/`")})

    def test_editing_half_of_the_model_in_the_runtime(self):
        self.assert_found("reading half", {"runtime/a.cpp": '#include "model/edit.h"\n'})

    def test_include_of_a_test(self):
        self.assert_found("includes a test", {"lab/a.cpp": '#include "tests/a.h"\n'})

    def test_generated_header_in_a_public_one(self):
        self.assert_found("generated", {"runtime/include/linnet/linnet.h": '#include "model/linnet_generated.h"\n'})

    def test_table_that_lets_a_folder_include_upward(self):
        self.assert_found("not below", {"docs/design.md": GOOD["docs/design.md"].replace("base, flatbuffers", "base, lab")})

    def test_folder_that_the_readme_does_not_list(self):
        self.assert_found("does not list the folder extra/", {"extra/a.txt": "x\n"})

    def test_long_file(self):
        self.assert_found("601 lines", {"lab/a.cpp": "\n" * 601})

    def test_path_that_does_not_exist(self):
        self.assert_found("names 'lab/b.cpp'", {"docs/cli.md": GOOD["docs/cli.md"] + "`lab/b.cpp`\n"})

    def test_one_of_several_paths_does_not_exist(self):
        self.assert_found("names 'docs/{design,api}.md'", {"docs/cli.md": GOOD["docs/cli.md"] + "`docs/{design,api}.md`\n"})

    def test_link_that_leads_nowhere(self):
        self.assert_found("links to 'api.md'", {"docs/cli.md": GOOD["docs/cli.md"] + "[api](api.md#top)\n"})

    def test_path_of_a_machine(self):
        self.assert_found("scripts/go:2", {"scripts/go": "#!/bin/sh\ncd /ho" + "me/somebody\n"})

    def test_undocumented_variable(self):
        for name, text in {"lab/a.cpp": 'getenv("LINNET_' 'SECRET");\n',
                           "scripts/go": '#!/bin/sh\necho "${LINNET_' 'SECRET-}"\n',
                           "tests/t.py": 'os.environ.get("LINNET_' 'SECRET")\n'}.items():
            self.assert_found("LINNET_SECRET", {name: text})

    def test_undocumented_build_option(self):
        self.assert_found("LINNET_EXTRA", {"CMakeLists.txt": "option(LINNET_EXTRA \"more\" ON)\n"})

    def test_script_that_cannot_be_run(self):
        self.assert_found("not executable", {}, [("scripts/go", 0o644)])

    def test_executable_that_is_no_script(self):
        self.assert_found("no script", {}, [("lab/a.cpp", 0o755)])

    def test_test_that_is_not_built(self):
        self.assert_found("in no CMakeLists.txt", {"tests/b_test.cpp": "\n"})


if __name__ == "__main__":
    unittest.main()
