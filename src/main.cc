// porchlight: a self-hosted presence server that speaks the Microsoft Graph presence API.
#include "cli/cli.h"

int main(int argc, char** argv) { return porchlight::cli::run(argc, argv); }
