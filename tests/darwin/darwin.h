// SPDX-License-Identifier: MIT
// What Telar's sources use of macOS' headers, in place of those: only so that clang can check the sources for that
// target (tests/aarch64). Declared by Apple's documentation.
#ifndef TELAR_TESTS_DARWIN_H
#define TELAR_TESTS_DARWIN_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

typedef long ssize_t;
typedef int64_t off_t;

// assert.h, errno.h
#define assert(condition) ((void)(condition))
#define static_assert _Static_assert
int *__error(void);
#define errno (*__error())
enum { EINTR = 4, ENOMEM = 12, EFAULT = 14, EINVAL = 22, EAGAIN = 35 };

// stdio.h, stdlib.h, string.h
typedef struct FILE FILE;
extern FILE *__stderrp;
#define stderr __stderrp
int fprintf(FILE *file, const char *format, ...) __attribute__((format(printf, 2, 3)));
int snprintf(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));
int vsnprintf(char *text, size_t size, const char *format, va_list values);
int vfprintf(FILE *file, const char *format, va_list values);
int fputs(const char *text, FILE *file);
int fflush(FILE *file);
FILE *fopen(const char *path, const char *mode);
int fclose(FILE *file);
size_t fwrite(const void *items, size_t size, size_t count, FILE *file);
void qsort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *));
typedef struct dl_info {
    const char *dli_fname;
    void *dli_fbase;
    const char *dli_sname;
    void *dli_saddr;
} Dl_info;
int dladdr(const void *address, Dl_info *info);
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *memory, size_t size);
void *aligned_alloc(size_t alignment, size_t size);
void free(void *memory);
_Noreturn void abort(void);
_Noreturn void exit(int status);
char *getenv(const char *name);
void *memcpy(void *to, const void *from, size_t size);
void *memchr(const void *from, int byte, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *memory, int byte, size_t size);
int memcmp(const void *left, const void *right, size_t size);
int strcmp(const char *left, const char *right);
int strncmp(const char *left, const char *right, size_t size);
size_t strlen(const char *text);
char *strchr(const char *text, int letter);
char *strrchr(const char *text, int letter);
char *strncpy(char *to, const char *from, size_t size);

// pthread.h, sched.h
typedef struct _opaque_pthread_t *pthread_t;
typedef struct {
    long signature;
    char opaque[56];
} pthread_mutex_t;
typedef struct {
    long signature;
    char opaque[8];
} pthread_once_t;
typedef unsigned long pthread_key_t;
typedef struct pthread_attr_t pthread_attr_t;
#define PTHREAD_MUTEX_INITIALIZER                                                                                      \
    {                                                                                                                  \
        0x32AAABA7,                                                                                                    \
        {                                                                                                              \
            0                                                                                                          \
        }                                                                                                              \
    }
#define PTHREAD_ONCE_INIT                                                                                              \
    {                                                                                                                  \
        0x30B1BCBA,                                                                                                    \
        {                                                                                                              \
            0                                                                                                          \
        }                                                                                                              \
    }
enum { PTHREAD_CANCEL_DISABLE = 0 };
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *arg);
int pthread_join(pthread_t thread, void **result);
pthread_t pthread_self(void);
int pthread_setcancelstate(int state, int *before);
int pthread_setname_np(const char *name);
int pthread_threadid_np(pthread_t thread, uint64_t *id);
void *pthread_get_stackaddr_np(pthread_t thread);
size_t pthread_get_stacksize_np(pthread_t thread);
int pthread_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void));
int pthread_mutex_lock(pthread_mutex_t *mutex);
int pthread_mutex_unlock(pthread_mutex_t *mutex);
int pthread_once(pthread_once_t *once, void (*function)(void));
int pthread_key_create(pthread_key_t *key, void (*destructor)(void *));
void *pthread_getspecific(pthread_key_t key);
int pthread_setspecific(pthread_key_t key, const void *value);
int sched_yield(void);

// signal.h, sys/ucontext.h
typedef uint32_t sigset_t;
typedef struct {
    int si_signo, si_errno, si_code;
    int si_pid;
    unsigned si_uid;
    int si_status;
    void *si_addr;
} siginfo_t;
struct sigaction {
    union {
        void (*__sa_handler)(int);
        void (*__sa_sigaction)(int, siginfo_t *, void *);
    } __sigaction_u;
    sigset_t sa_mask;
    int sa_flags;
};
#define sa_handler __sigaction_u.__sa_handler
#define sa_sigaction __sigaction_u.__sa_sigaction
enum {
    SIGILL = 4,
    SIGABRT = 6,
    SIGFPE = 8,
    SIGBUS = 10,
    SIGSEGV = 11,
    SIG_BLOCK = 1,
    SIG_UNBLOCK = 2,
    SIG_SETMASK = 3
};
enum { SA_ONSTACK = 1, SA_RESTART = 2, SA_RESETHAND = 4, SA_NODEFER = 0x10, SA_SIGINFO = 0x40, SS_DISABLE = 4 };
#define SIG_DFL ((void (*)(int))0)
#define SIG_IGN ((void (*)(int))1)
typedef struct {
    void *ss_sp;
    size_t ss_size;
    int ss_flags;
} stack_t;
int sigaction(int number, const struct sigaction *action, struct sigaction *before);
int sigemptyset(sigset_t *set);
int sigaddset(sigset_t *set, int number);
int pthread_sigmask(int how, const sigset_t *set, sigset_t *before);
int sigaltstack(const stack_t *stack, stack_t *before);
int raise(int number);
#define _STRUCT_ARM_THREAD_STATE64 struct __darwin_arm_thread_state64
_STRUCT_ARM_THREAD_STATE64
{
    uint64_t __x[29], __fp, __lr, __sp, __pc;
    uint32_t __cpsr, __pad;
};
typedef struct {
    int uc_onstack;
    sigset_t uc_sigmask;
    struct {
        char es[16];
        _STRUCT_ARM_THREAD_STATE64 __ss;
    } * uc_mcontext;
} ucontext_t;

// sys/mman.h, unistd.h, time.h
enum { PROT_NONE, PROT_READ, PROT_WRITE };
enum { MAP_PRIVATE = 2, MAP_FIXED = 0x10, MAP_NORESERVE = 0x40, MAP_ANON = 0x1000, MAP_ANONYMOUS = 0x1000 };
#define MAP_FAILED ((void *)-1)
void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset);
int munmap(void *address, size_t size);
int mprotect(void *address, size_t size, int protection);
int mincore(const void *address, size_t size, char *pages);
enum { _SC_PAGESIZE = 29, _SC_NPROCESSORS_ONLN = 58, STDERR_FILENO = 2 };
long sysconf(int name);
ssize_t write(int file, const void *bytes, size_t size);
typedef enum { CLOCK_UPTIME_RAW = 8 } clockid_t;
uint64_t clock_gettime_nsec_np(clockid_t clock);

// dispatch/dispatch.h
typedef struct dispatch_semaphore_s *dispatch_semaphore_t;
typedef uint64_t dispatch_time_t;
#define DISPATCH_TIME_NOW (0ull)
#define DISPATCH_TIME_FOREVER (~0ull)
dispatch_semaphore_t dispatch_semaphore_create(intptr_t value);
intptr_t dispatch_semaphore_signal(dispatch_semaphore_t semaphore);
intptr_t dispatch_semaphore_wait(dispatch_semaphore_t semaphore, dispatch_time_t timeout);
dispatch_time_t dispatch_time(dispatch_time_t when, int64_t nanoseconds);
void dispatch_release(void *object);

#endif
