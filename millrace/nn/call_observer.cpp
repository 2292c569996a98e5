#include "millrace/nn/call_observer.h"

namespace millrace::nn {

constinit thread_local CallObserver* CallObserver::current_ = nullptr;

}  // namespace millrace::nn
