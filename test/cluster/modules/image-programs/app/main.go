// A container that writes what a test of logs and drains needs: numbered lines, at a rate, on either stream.
//
// Lines are "NUMBER NAME" and padding, so that a reader can prove that none is lost, doubled or out of order.
// When all are written it exits with --exit, or stays until SIGTERM, which it answers in --finish.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

func main() {
	name := flag.String("name", "app", "word on every line")
	burst := flag.Int("burst", 0, "lines written at once, as fast as they go")
	lines := flag.Int("lines", 0, "lines written after the burst, 0 for no end")
	rate := flag.Float64("rate", 10, "lines per second after the burst")
	length := flag.Int("length", 0, "pad each line to this many bytes")
	errorEvery := flag.Int("stderr-every", 0, "each such line goes to standard error")
	exit := flag.Int("exit", -1, "exit code when all lines are written; -1 stays")
	finish := flag.Duration("finish", 0, "time from SIGTERM to the end")
	deaf := flag.Bool("deaf", false, "ignore SIGTERM")
	flag.Parse()

	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	go func() {
		for range term {
			if *deaf {
				continue
			}
			fmt.Println("SIGTERM received")
			time.Sleep(*finish)
			fmt.Println("finished in order")
			os.Exit(0)
		}
	}()

	out := bufio.NewWriterSize(os.Stdout, 64<<10)
	write := func(number int) {
		text := fmt.Sprintf("%d %s", number, *name)
		if missing := *length - len(text) - 1; missing > 0 {
			text += " " + strings.Repeat("x", missing)
		}
		if *errorEvery > 0 && number%*errorEvery == 0 {
			out.Flush()
			fmt.Fprintln(os.Stderr, text)
			return
		}
		fmt.Fprintln(out, text)
	}

	number := 0
	for number < *burst {
		number++
		write(number)
	}
	out.Flush()
	if *lines > 0 || *exit < 0 {
		tick := time.NewTicker(time.Duration(float64(time.Second) / *rate))
		for last := *burst + *lines; *lines == 0 || number < last; {
			<-tick.C
			number++
			write(number)
			out.Flush()
		}
	}
	if *exit >= 0 {
		os.Exit(*exit)
	}
	select {}
}
