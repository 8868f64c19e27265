/// telar/version.h: the version, defined here once; the build reads it from this file.
#ifndef TELAR_VERSION_H
#define TELAR_VERSION_H

#define TELAR_VERSION_MAJOR 0
#define TELAR_VERSION_MINOR 1
#define TELAR_VERSION_PATCH 0

#endif
