# Golden numbers of tests between curves, restricted means and quantiles.
# Run: Rscript tests/golden/curve_tests.R
library(survival)
library(cmprsk)
here <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
d <- read.csv(file.path(here, "data", "competing.csv"))
d$event <- as.integer(d$cause > 0)
d$half <- ifelse(d$id %% 2 == 0, "a", "b")
spells <- read.csv(file.path(here, "data", "spells.csv"))
golden <- NULL
add <- function(name, value) {
  golden <<- rbind(golden, data.frame(name, value = sprintf("%.15g", value)))
}

add("log_rank", survdiff(Surv(stop, event) ~ area, d)$chisq)
add("log_rank_strata", survdiff(Surv(stop, event) ~ area + strata(half), d)$chisq)
add("log_rank_rho", survdiff(Surv(stop, event) ~ area, d, rho = 1)$chisq)
# survdiff knows no delayed entry. The score test of the exact conditional likelihood is the
# log-rank test, with its hypergeometric variance.
exact <- function(formula, data) coxph(formula, data, ties = "exact")$score
add("log_rank_exact", exact(Surv(stop, event) ~ area, d))
few <- d[d$id < 50, ]  # its sum over all ways to break ties grows fast
add("log_rank_entry", exact(Surv(start, stop, event) ~ area, few))
few <- spells[spells$child < 40, ]
add("log_rank_spells", exact(Surv(start, stop, event) ~ group + strata(area), few))

gray <- function(name, ...) {
  tests <- cuminc(...)$Tests
  for (cause in 1:2) add(paste0(name, "_", cause), tests[cause, "stat"])
}
gray("gray", d$stop, d$cause, d$area)
gray("gray_strata", d$stop, d$cause, d$area, d$half)
gray("gray_rho", d$stop, d$cause, d$area, rho = 0.7)

for (tau in c(9, 14.5)) {
  f <- summary(survfit(Surv(stop, event) ~ area, d), rmean = tau)$table
  g <- summary(survfit(Surv(stop, factor(cause, 0:2)) ~ area, d), rmean = tau)$table
  for (area in c("north", "south", "west")) {
    own <- f[paste0("area=", area), ]
    add(paste("rmst", area, tau), own["rmean"])
    add(paste("rmst_error", area, tau), own["se(rmean)"])
    for (cause in 1:2) {
      lost <- g[sprintf("area=%s, %s", area, cause), ]
      add(paste("lost", area, tau, cause), lost["rmean"])
    }
    # survfit of this version gives no error for these: that of the area under the influence.
    states <- survfit(Surv(stop, factor(cause, 0:2)) ~ 1, d[d$area == area, ], influence = TRUE)
    width <- diff(pmin(c(states$time, Inf), tau))
    moved <- apply(states$influence.pstate[, -1, ], c(1, 3), function(u) sum(u * width))
    for (cause in 1:2) {
      add(paste("lost_error", area, tau, cause), sqrt(sum(moved[, cause + 1]^2)))
    }
  }
}
f <- quantile(survfit(Surv(start, stop, event) ~ area, d), c(0.25, 0.5))
for (side in c("quantile", "lower", "upper")) {
  for (area in c("north", "south", "west")) {
    for (share in c("25", "50")) {
      add(paste(side, area, share), f[[side]][paste0("area=", area), share])
    }
  }
}
golden$versions <- sprintf("R %s; survival %s; cmprsk %s", getRversion(),
                           packageVersion("survival"), packageVersion("cmprsk"))
write.csv(golden, file.path(here, "curve_tests.csv"), row.names = FALSE, quote = FALSE)
