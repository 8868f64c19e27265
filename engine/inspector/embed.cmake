# SPDX-License-Identifier: MIT
# cmake -DFROM=page.html -DTO=page.c -P embed.cmake: writes a file as an array in C.
file(READ ${FROM} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${TO} "#include <stddef.h>
extern const unsigned char tl__html[];
extern const size_t tl__html_size;
const unsigned char tl__html[] = {
${bytes}
};
const size_t tl__html_size = sizeof tl__html;
")
