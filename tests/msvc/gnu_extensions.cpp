// SPDX-License-Identifier: MIT
// What the check must find: each form does not compile as by Microsoft's compiler.
#if FORM == 1
int one();
int one()
{
    return ({ 1; });
}
#elif FORM == 2
int one() __attribute__((const));
#elif FORM == 3
typedef __typeof__(1) whole;
#elif FORM == 4
int align();
int align()
{
    return __alignof__(int);
}
#endif
