#include "telar/result.h"

const char *tl_result_string(tl_result result)
{
    switch (result) {
#define CASE(name, value, words)                                                                                       \
    case name: return words;
        TL_RESULTS(CASE)
#undef CASE
    }
    return "unknown result";
}

const char *tl_result_name(tl_result result)
{
    switch (result) {
#define CASE(name, value, words)                                                                                       \
    case name: return #name;
        TL_RESULTS(CASE)
#undef CASE
    }
    return "unknown result";
}
