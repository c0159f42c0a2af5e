/*
 * pcidmaio.h - what an application needs to talk to the PCI DMA sampler: control codes and the structures they carry.
 * Included by the driver and by user-mode code.
 */
#ifndef PCIDMAIO_H
#define PCIDMAIO_H

#define PD_DEVICE_TYPE 0x8A10
#define PD_CODE(Function, Method, Access) CTL_CODE(PD_DEVICE_TYPE, 0x800 + (Function), (Method), (Access))

/* Out: PD_INFO. */
#define IOCTL_PD_GET_INFO PD_CODE(0, METHOD_BUFFERED, FILE_READ_ACCESS)

/* Out: the newest samples, without consuming them. The transfer is described by an MDL that the I/O manager owns. */
#define IOCTL_PD_PEEK PD_CODE(1, METHOD_OUT_DIRECT, FILE_READ_ACCESS)

/* Out: a copy of the whole ring, header included. The output address is the caller's own. */
#define IOCTL_PD_SNAPSHOT PD_CODE(2, METHOD_NEITHER, FILE_READ_ACCESS)

/* In: a sequencer program, PD_PROGRAM_HEADER and the code behind it. The input address is the caller's own. */
#define IOCTL_PD_LOAD_PROGRAM PD_CODE(3, METHOD_NEITHER, FILE_WRITE_ACCESS)

/* In: words to be played out through the FIFO. The input address is the caller's own. */
#define IOCTL_PD_PLAY PD_CODE(4, METHOD_NEITHER, FILE_WRITE_ACCESS)

/* Out: PD_VIEW, the status page of this handle. It stays until the handle is closed. */
#define IOCTL_PD_MAP_STATUS PD_CODE(5, METHOD_BUFFERED, FILE_READ_ACCESS)

/*
 * In: PD_VIEW, a page-aligned range of the caller. Out: PD_VIEW, a second address of the same pages, which stays valid
 * when the caller reserves the first one anew. The pages are locked until the window is closed.
 */
#define IOCTL_PD_OPEN_WINDOW PD_CODE(6, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS)
#define IOCTL_PD_CLOSE_WINDOW PD_CODE(7, METHOD_BUFFERED, FILE_READ_ACCESS | FILE_WRITE_ACCESS)

/* Out: PD_VIEW, a page in which the driver notes what it did for this handle. It stays until the handle is closed. */
#define IOCTL_PD_OPEN_TRACE PD_CODE(8, METHOD_BUFFERED, FILE_READ_ACCESS)

typedef struct _PD_INFO {
    ULONG Version;      /* of the program in the sequencer, 0 when there is none */
    ULONG RingLength;   /* bytes */
    ULONG RingSlots;    /* samples the ring holds */
    ULONG Overruns;     /* samples dropped because the ring was full */
} PD_INFO, *PPD_INFO;

typedef struct _PD_VIEW {
    ULONGLONG Address;
    ULONG Length;       /* bytes, a multiple of the page size */
    ULONG Reserved;
} PD_VIEW, *PPD_VIEW;

#define PD_PROGRAM_MAGIC 0x47525044 /* 'DPRG' */

typedef struct _PD_PROGRAM_HEADER {
    ULONG Magic;
    ULONG Version;
    ULONG WordCount;    /* 32-bit words of code behind this header */
} PD_PROGRAM_HEADER, *PPD_PROGRAM_HEADER;

#endif
