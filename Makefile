# The commands of contributors and CI; each target is a script of tools/ or a call of CMake.
#
#   make demo     build the command, train a classifier on Fashion-MNIST, show what it learned
#   make test     build everything, run every test        make accept   measure what the project promises
#   make build    only the command                        make bench    benchmarks
#   make sanitize build/asan and build/tsan, and in them the misuse suite (TESTS: more of them, "misuse runner data")
#   make bench-peers  the same trainings under MMEngine and Lightning, in turn with ours
#   make install  under PREFIX (/usr/local), DESTDIR before it       make package  a tarball that runs where it is unpacked
#   make check-debian13   the demo on a bare Debian 13 and its libtorch 2.6 (root, debootstrap; TARGET=test: the tests)
#   make check-package    the demo with only the tarball, on a bare Debian 12 (root, debootstrap)
#   make docs     the pages of docs/ as a site, build/site
#   make lint     rooms, headers, format, file sizes      make format   clang-format in place
#   make fuzz     fuzz the readers, a minute each (clang) make clean    remove build/
#   make deps     Debian packages and libtorch
#
# MILLRACE_TORCH  a libtorch folder, or a Python that has torch      PIP_ARGS  arguments of pip, where it is needed
# MILLRACE_SHARED  a folder with more test data, if there is one     JOBS      compile jobs at a time

SHELL := /bin/bash
PREFIX ?= /usr/local
JOBS ?= $(shell tools/jobs)
MILLRACE_SHARED ?= ../shared
export MILLRACE_SHARED
export PIP_ARGS

.PHONY: demo test sanitize build bench bench-peers accept install package docs check-debian13 check-package fuzz lint format deps test-deps clean

demo: build
	tools/demo

build: deps
	tools/configure
	cmake --build build --target millrace_command -j $(JOBS)

test: test-deps
	tools/configure -DMILLRACE_TESTS=ON
	cmake --build build -j $(JOBS)
	tools/run_tests

sanitize: test-deps
	tools/sanitize $(TESTS)

bench: deps
	tools/configure -DMILLRACE_BENCH=ON
	cmake --build build -j $(JOBS)
	tools/run_bench

bench-peers: deps
	tools/configure -DMILLRACE_BENCH=ON
	cmake --build build --target peer -j $(JOBS)
	tools/bench_peers

accept: test-deps
	tools/configure -DMILLRACE_TESTS=ON -DMILLRACE_BENCH=ON
	cmake --build build -j $(JOBS)
	tools/accept

check-debian13:
	tools/check_debian trixie build/debian13 $(TARGET)

check-package: package
	tools/check_package bookworm build/debian12

docs:
	tools/docs

fuzz: deps
	tools/fuzz

install: build
	tools/install $(PREFIX)

package: build
	tools/package

lint: test-deps
	tools/lint

format: test-deps
	git ls-files -co --exclude-standard '*.h' '*.cpp' | xargs clang-format -i

deps:
	tools/install_deps

test-deps:
	tools/install_deps --tests

clean:
	rm -rf build
