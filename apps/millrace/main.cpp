#include "millrace/cli/main.h"

int main(int argc, char** argv) { return millrace::main(argc, argv); }
