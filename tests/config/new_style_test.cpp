#include <gmock/gmock.h>

#include "millrace/config/json.h"
#include "tests/config/config_folder.h"

namespace millrace {
namespace {
using testing::HasSubstr;

class NewStyle : public testing::Test {
 protected:
  std::string tree(const std::string& name) { return folder_.read(name, {folder_.path("packages")}).tree.repr(10000); }
  ConfigFolder folder_;
};

TEST_F(NewStyle, TurnsImportsIntoSymbols) {
  folder_.write("a.py",
                "import torch.nn as nn\nimport mmdet.models\nfrom torch.optim import SGD as Opt\nfrom mmengine.config "
                "import read_base\n"
                "optimizer = dict(type=Opt, act=nn.ReLU, model=mmdet.models.Net, module=nn)\n");
  EXPECT_EQ(tree("a.py"),
            "{'optimizer': {'type': torch.optim.SGD, 'act': torch.nn.ReLU, 'model': mmdet.models.Net, 'module': "
            "torch.nn.torch.nn}}");
  EXPECT_TRUE(folder_.read("a.py").tree.find("optimizer")->find("type")->is_symbol());
}

TEST_F(NewStyle, TakesNamesOfBasesAndHidesTheirImports) {
  folder_.write(
      "base/x.py",
      "from torch.optim import Adam\nimport torch.nn as nn\nopt = dict(type=Adam, lr=1)\nother = [dict(a=1)]\n");
  folder_.write("sub/a.py",
                "from mmengine.config import read_base\nwith read_base():\n    from ..base.x import *\n"
                "opt.update(dict(lr=2, extra=dict(k=Adam)))\nact = nn.GELU\n");
  EXPECT_EQ(tree("sub/a.py"),
            "{'opt': {'type': torch.optim.Adam, 'lr': 2, 'extra': {'k': torch.optim.Adam}}, 'other': [{'a': 1}], "
            "'act': torch.nn.GELU}");
  folder_.write("sub/b.py",
                "with read_base():\n    from ..base.x import opt as mine\nmine.merge(dict(type=dict(_delete_=True, "
                "a=1), n=dict(_delete_=True)))\n");
  EXPECT_EQ(tree("sub/b.py"), "{'mine': {'type': {'a': 1}, 'lr': 1, 'n': {}}}");
}

TEST_F(NewStyle, FindsPackagesByTheirModule) {
  folder_.write("packages/mmdet/configs/_base_/m.py", "model = dict(a=1)\n");
  folder_.write("a.py", "with read_base():\n    from mmdet.configs._base_.m import model\n");
  EXPECT_EQ(tree("a.py"), "{'model': {'a': 1}}");
  folder_.write("packages/mmsegmentation/mmseg/configs/m.py", "x = 1\n");
  folder_.write("b.py", "with read_base():\n    from mmseg.configs.m import *\n");
  EXPECT_EQ(tree("b.py"), "{'x': 1}");
}

TEST_F(NewStyle, EndsSharingWithTheFile) {
  folder_.write("base.py", "val = dict(a=[1])\ntest = val\nval['b'] = 2\n");
  folder_.write("a.py", "with read_base():\n    from .base import *\nval['a'].append(9)\n");
  EXPECT_EQ(tree("a.py"), "{'val': {'a': [1, 9], 'b': 2}, 'test': {'a': [1], 'b': 2}}");
}

TEST_F(NewStyle, SubstitutesNothing) {
  folder_.write("a.py", "from torch import nn\nx = '{{ fileDirname }} {{$HOME:x}}'\n");
  EXPECT_EQ(tree("a.py"), "{'x': '{{ fileDirname }} {{$HOME:x}}'}");
}

TEST_F(NewStyle, KeepsAStandardModuleAsAKey) {
  folder_.write("a.py", "import copy\nfrom torch import nn\nx = copy.deepcopy([1])\n");
  EXPECT_EQ(to_canonical_json(folder_.read("a.py").tree), "{\"copy\":\"copy\",\"x\":[1]}\n");
  EXPECT_TRUE(folder_.read("a.py").is_variable("copy"));
}

TEST_F(NewStyle, RefusesWhatMixesStylesOrRunsCode) {
  folder_.write("new.py", "from torch import nn\nx = 1\n").write("old.py", "_base_ = 'new.py'\n");
  EXPECT_THAT(folder_.error_of("old.py"), HasSubstr("old.py:1:10: the base 'new.py' is in the new style"));
  folder_.write("classic.py", "_base_ = []\nx = 1\n").write("b.py", "with read_base():\n    from .classic import *\n");
  EXPECT_THAT(folder_.error_of("b.py"), HasSubstr("classic.py:1:1: this file is in the new style"));
  folder_.write("c.py", "from torch.optim import SGD\nx = SGD(lr=1)\n");
  EXPECT_THAT(folder_.error_of("c.py"), HasSubstr("c.py:2:5: torch.optim.SGD() is not part of the config language"));
  folder_.write("d.py", "from torch.optim import *\n");
  EXPECT_THAT(folder_.error_of("d.py"), HasSubstr("d.py:1:25: `import *` takes the names of another config"));
  folder_.write("e.py", "with read_base():\n    from .none import *\n");
  EXPECT_THAT(folder_.error_of("e.py"), HasSubstr("e.py:2:5: the base 'none.py' does not exist"));
  folder_.write("f.py", "with read_base():\n    from .new import y\n");
  EXPECT_THAT(folder_.error_of("f.py"), HasSubstr("f.py:2:22: .new has no name 'y'"));
}

}  // namespace
}  // namespace millrace
