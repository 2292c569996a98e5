#include <stdexcept>

#include "millrace/checkpoint/checkpoint_file.h"
#include "millrace/config/config.h"
#include "millrace/runner/run_config.h"
#include "millrace/runner/runner_options.h"
#include "tests/support/misuse.h"
#include "tests/support/scratch_folder.h"

namespace millrace {
namespace {

/// A hook whose `describe` forgets the member in the middle.
class ForgetfulHook final : public Hook {
 public:
  struct Options {
    std::string first = "a";
    double forgotten = 1;
    std::string last = "b";
    template <class Fields>
    static void describe(Fields& f) {
      f("first", &Options::first, "");
      f("last", &Options::last, "");
    }
  };
  explicit ForgetfulHook(Options options) : options_(checked<ForgetfulHook>(std::move(options))) {}

 private:
  Options options_;
};
MILLRACE_REGISTER(Hook, ForgetfulHook);

/// A hook that describes one member twice and another never.
class DoublingHook final : public Hook {
 public:
  struct Options {
    int64_t first = 1, second = 2;
    template <class Fields>
    static void describe(Fields& f) {
      f("first", &Options::first, "");
      f("second", &Options::first, "");
    }
  };
  explicit DoublingHook(Options) {}
};
MILLRACE_REGISTER(Hook, DoublingHook);

class TwiceHook final : public Hook {
 public:
  struct Options {
    template <class Fields>
    static void describe(Fields&) {}
  };
  explicit TwiceHook(Options) {}
};
MILLRACE_REGISTER(Hook, TwiceHook);
const auto& kAgain = Hook::Registry::add<TwiceHook>("", "TwiceHook");

/// A hook whose constructor throws.
class ThrowingHook final : public Hook {
 public:
  struct Options {
    bool as_error = true;
    template <class Fields>
    static void describe(Fields& f) {
      f("as_error", &Options::as_error, "");
    }
  };
  explicit ThrowingHook(Options options) {
    if (options.as_error) throw Error("made in vain");
    throw std::runtime_error("made in vain");
  }
};
MILLRACE_REGISTER(Hook, ThrowingHook);

void build(const std::string& config) {
  Binder binder;
  const Config read = Config::from_string("hook = " + config, Config::Format::python, "c.py");
  Hook::Registry::build(*read.tree.find("hook"), "");
}

void bind(const std::string& text) {
  RunSurroundings surroundings;
  bind_run_config(Config::from_string(text, Config::Format::python, "c.py"), surroundings);
}

[[maybe_unused]] const bool kOfComponents = add_misuses(
    "MisuseOfComponents",
    {{"ForgetsAMember",
      "ForgetfulHook::Options has 3 members, and its describe names 2: it lacks the one behind 'first'",
      [] { build("dict(type='ForgetfulHook')"); }},
     {"ForgetsAMemberAndIsMadeInCpp", "it lacks the one behind 'first'",
      [] { ForgetfulHook(ForgetfulHook::Options{}); }},
     {"ForgetsAMemberInOptions", "it lacks the one behind 'first'",
      [] {
        const ScratchFolder folder;
        const Component<Hook> hook = use<ForgetfulHook>({});
        hook.build();
      }},
     {"DescribesAMemberTwice", "describes one member twice, as 'first' and 'second'",
      [] { build("dict(type='DoublingHook')"); }},
     {"IsRegisteredTwice", "Hook 'TwiceHook' is registered twice", [] { build("dict(type='TwiceHook')"); }},
     {"AConstructorThatThrows", "made in vain", [] { build("dict(type='ThrowingHook')"); }},
     {"AConstructorThatThrowsAnother", "",
      [] {
        try {
          build("dict(type='ThrowingHook', as_error=False)");
        } catch (const std::runtime_error&) {
          return;
        }
        throw std::logic_error("the user's own exception passes through");
      }},
     {"NothingToBuild", "there is no Hook to build", [] { Component<Hook>().build(); }},
     {"ANullToBuild", "there is no Hook to build", [] { Component<Hook>(std::shared_ptr<ThrowingHook>()).build(); }},
     {"ATypeThatIsANumber", "c.py:1", [] { build("dict(type=3)"); }},
     {"NoType", "c.py:1", [] { build("dict()"); }},
     {"NoDict", "c.py:1", [] { build("3"); }},
     {"AKeyThatIsNotThere", "did you mean 'as_error'?", [] { build("dict(type='ThrowingHook', as_eror=True)"); }}});

[[maybe_unused]] const bool kOfConfigs = add_misuses(
    "MisuseOfConfigs",
    {{"NoModel", "needs the key 'model'", [] { bind("work_dir = 'x'"); }},
     {"AModelOfNothing", "c.py: the config needs the key 'model'", [] { bind("model = None"); }},
     {"WrappersInAnEmptyList", "optim_wrapper",
      [] {
        bind(
            "model = dict(type='StandInModel')\ntrain_cfg = dict(max_epochs=1)\noptim_wrapper = []\n"
            "train_dataloader = dict(dataset=dict(type='StandInDataset', length=2))");
      }},
     {"AHugeNumber", "c.py", [] { bind("model = dict(type='StandInModel')\nsanity_val_batches = 10**40"); }},
     {"AValueWithinItself", "",
      [] {
        try {
          bind("a = [1]\na.append(a)\nmodel = a");
        } catch (const Error&) {
        }
      }},
     {"ACheckpointThatIsText", "a.pth",
      [] {
        const ScratchFolder folder;
        std::ofstream(folder / "a.pth") << "no checkpoint";
        load_checkpoint_file(folder / "a.pth");
      }},
     {"ACheckpointOfNoBytes", "a.pth",
      [] {
        const ScratchFolder folder;
        std::ofstream(folder / "a.pth") << "";
        load_checkpoint_file(folder / "a.pth");
      }},
     {"ACheckpointThatIsAFolder", "",
      [] {
        const ScratchFolder folder;
        try {
          load_checkpoint_file(folder.path().string());
        } catch (const Error&) {
        }
      }},
     {"ACheckpointWithoutAName", "", [] {
        try {
          load_checkpoint_file("");
        } catch (const Error&) {
        }
      }}});

}  // namespace
}  // namespace millrace
