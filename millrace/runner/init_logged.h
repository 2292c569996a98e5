#pragma once

namespace millrace {

class Logger;
class Model;

/// Initialises the weights of a network. The log files get a list: which initializer set which parameter (InitRecord).
/// Throws Error if the network replaces a parameter meanwhile.
void init_logged(Model& model, Logger& logger);

}  // namespace millrace
